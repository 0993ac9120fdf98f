//! Which addresses are public: the heart of the guard against requests to the inside.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The IPv4 networks that are not the public Internet, with what they are.
///
/// Source: the IANA IPv4 Special-Purpose Address Registry (RFC 6890 and later entries), taken whole:
/// the few globally reachable hosts inside `192.0.0.0/24` serve no articles.
const SPECIAL_V4: [(Ipv4Addr, u32, &str); 17] = [
    (Ipv4Addr::new(0, 0, 0, 0), 8, "an address of this network"),
    (Ipv4Addr::new(10, 0, 0, 0), 8, "a private address"),
    (
        Ipv4Addr::new(100, 64, 0, 0),
        10,
        "an address of a carrier's own network",
    ),
    (Ipv4Addr::new(127, 0, 0, 0), 8, "an address of this machine"),
    // Also where most clouds keep their metadata.
    (Ipv4Addr::new(169, 254, 0, 0), 16, "a link-local address"),
    (Ipv4Addr::new(172, 16, 0, 0), 12, "a private address"),
    (Ipv4Addr::new(192, 0, 0, 0), 24, "a reserved address"),
    (
        Ipv4Addr::new(192, 0, 2, 0),
        24,
        "an address for documentation",
    ),
    (Ipv4Addr::new(192, 31, 196, 0), 24, "a reserved address"),
    (Ipv4Addr::new(192, 52, 193, 0), 24, "a reserved address"),
    (
        Ipv4Addr::new(192, 88, 99, 0),
        24,
        "an address of a 6to4 relay",
    ),
    (Ipv4Addr::new(192, 168, 0, 0), 16, "a private address"),
    (
        Ipv4Addr::new(198, 18, 0, 0),
        15,
        "an address for benchmarks",
    ),
    (
        Ipv4Addr::new(198, 51, 100, 0),
        24,
        "an address for documentation",
    ),
    (
        Ipv4Addr::new(203, 0, 113, 0),
        24,
        "an address for documentation",
    ),
    (Ipv4Addr::new(224, 0, 0, 0), 4, "a multicast address"),
    // The broadcast address is the last of these.
    (Ipv4Addr::new(240, 0, 0, 0), 4, "a reserved address"),
];

/// Public by number, but answered by the host of an Azure machine (its agent and metadata service).
const AZURE_HOST: Ipv4Addr = Ipv4Addr::new(168, 63, 129, 16);

/// The networks inside `2000::/3` that are not the public Internet; everything outside of it is
/// refused anyway: loopback, unspecified, unique local (`fc00::/7`), link-local, site-local,
/// multicast, discard-only, segment routing, IPv4-compatible and what is not assigned yet.
///
/// Source: the IANA IPv6 Special-Purpose Address Registry. `2001::/23` holds Teredo, benchmarking,
/// ORCHID and other protocol assignments; Teredo and 6to4 embed IPv4 addresses of anybody's choice,
/// and no site is served from them.
const SPECIAL_V6: [(Ipv6Addr, u32, &str); 4] = [
    (
        Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0),
        23,
        "an address of a protocol (Teredo, ORCHID and others)",
    ),
    (
        Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0),
        32,
        "an address for documentation",
    ),
    (
        Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0),
        16,
        "an address of 6to4",
    ),
    (
        Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0),
        20,
        "an address for documentation",
    ),
];

/// Why an address is not one of the public Internet, as "it is …"; `None` if it is public.
///
/// An IPv4 address inside an IPv6 one (mapped, NAT64, ISATAP) counts as itself.
pub(super) fn not_public(address: IpAddr) -> Option<&'static str> {
    match address {
        IpAddr::V4(v4) => not_public_v4(v4),
        IpAddr::V6(v6) => not_public_v6(v6),
    }
}

fn not_public_v4(address: Ipv4Addr) -> Option<&'static str> {
    if address == AZURE_HOST {
        return Some("an address of a cloud's host");
    }
    let bits = address.to_bits();
    SPECIAL_V4
        .iter()
        .find(|(network, len, _)| (bits ^ network.to_bits()) >> (32 - len) == 0)
        .map(|(_, _, what)| *what)
}

fn not_public_v6(address: Ipv6Addr) -> Option<&'static str> {
    let [a, b, c, d, e, f, g, h] = address.segments();
    let last_v4 = Ipv4Addr::from_bits(u32::from(g) << 16 | u32::from(h));
    match [a, b, c, d, e, f] {
        // IPv4-mapped (RFC 4291 §2.5.5.2) and the well-known NAT64 prefix (RFC 6052 §2.1).
        [0, 0, 0, 0, 0, 0xffff] | [0x64, 0xff9b, 0, 0, 0, 0] => return not_public_v4(last_v4),
        _ => {}
    }
    if a & 0xe000 != 0x2000 {
        return Some(outside_unicast(address));
    }
    let bits = address.to_bits();
    if let Some((_, _, what)) = SPECIAL_V6
        .iter()
        .find(|(network, len, _)| (bits ^ network.to_bits()) >> (128 - len) == 0)
    {
        return Some(what);
    }
    // ISATAP (RFC 5214 §6.1): an interface identifier that is an IPv4 address of the far side.
    if matches!([e, f], [0 | 0x200, 0x5efe]) {
        return not_public_v4(last_v4);
    }
    None
}

/// Names what lies outside `2000::/3`, for the message.
fn outside_unicast(address: Ipv6Addr) -> &'static str {
    let [first, ..] = address.segments();
    if address.is_loopback() {
        "an address of this machine"
    } else if address.is_multicast() {
        "a multicast address"
    } else if first & 0xfe00 == 0xfc00 {
        "a private address"
    } else if first & 0xffc0 == 0xfe80 {
        "a link-local address"
    } else {
        "a reserved address"
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn is_public(address: &str) -> bool {
        not_public(address.parse().unwrap()).is_none()
    }

    #[test]
    fn public_addresses_are_public() {
        for address in [
            "1.1.1.1",
            "8.8.8.8",
            "93.184.215.14",
            "100.63.255.255",
            "100.128.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "169.253.255.255",
            "169.255.0.0",
            "192.167.255.255",
            "192.169.0.0",
            "198.17.255.255",
            "198.20.0.0",
            "223.255.255.255",
            "2606:4700:4700::1111",
            "2001:4860:4860::8888",
            "2a00:1450:4001:82a::200e",
            "2001:200::1",
            "::ffff:1.1.1.1",
            "64:ff9b::1.1.1.1",
        ] {
            assert!(is_public(address), "{address}");
        }
    }

    #[test]
    fn the_first_and_last_address_of_every_special_network_are_refused() {
        for (network, len, _) in SPECIAL_V4 {
            let first = network.to_bits();
            let last = first | (u32::MAX >> len);
            for bits in [first, last] {
                let v4 = Ipv4Addr::from_bits(bits);
                assert!(not_public(v4.into()).is_some(), "{v4}");
                for embedding in [
                    format!("::ffff:{v4}"),
                    format!("64:ff9b::{v4}"),
                    format!("::{v4}"),
                    format!("2a00:1:2:3:0:5efe:{v4}"),
                    format!("2a00:1:2:3:200:5efe:{v4}"),
                ] {
                    assert!(!is_public(&embedding), "{embedding}");
                }
            }
        }
    }

    #[test]
    fn what_is_inside_by_another_name_is_refused() {
        for address in [
            "127.0.0.1",
            "0.0.0.0",
            "255.255.255.255",
            "169.254.169.254",
            "168.63.129.16",
            "192.0.0.192",
            "100.100.100.200",
            "::",
            "::1",
            "::127.0.0.1",
            "::ffff:169.254.169.254",
            "64:ff9b::10.0.0.1",
            "64:ff9b:1::1.1.1.1",
            "64:ff9b:0:0:0:1:101:101",
            "100::1",
            "2001::1",
            "2001:0:4136:e378:8000:63bf:3fff:fdd2",
            "2001:2::1",
            "2001:10::1",
            "2001:20::1",
            "2001:1ff::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "2002:a9fe:a9fe::",
            "2002:101:101::",
            "3fff:fff::1",
            "5f00::1",
            "4000::1",
            "fc00::1",
            "fd00::1",
            "fd00:ec2::254",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
        ] {
            assert!(!is_public(address), "{address}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4_096))]

        #[test]
        fn an_embedded_address_is_as_public_as_itself(bits in any::<u32>()) {
            let v4 = Ipv4Addr::from_bits(bits);
            let plain = not_public(v4.into());
            prop_assert_eq!(not_public(v4.to_ipv6_mapped().into()), plain);
            let nat64 = Ipv6Addr::from_bits((0x0064_ff9b << 96) | u128::from(bits));
            prop_assert_eq!(not_public(nat64.into()), plain);
            let by_the_library = v4.is_private() || v4.is_loopback() || v4.is_link_local()
                || v4.is_broadcast() || v4.is_documentation() || v4.is_multicast()
                || v4.is_unspecified();
            prop_assert!(!by_the_library || plain.is_some());
        }

        #[test]
        fn whatever_the_library_calls_local_is_refused(bits in any::<u128>(), top in 0u16..8) {
            // Half the cases begin where the special networks are.
            let tops = [0x0000_u16, 0x0064, 0x0100, 0x2001, 0x2002, 0xfc00, 0xfe80, 0xff00];
            let special = u128::from(tops[usize::from(top)]) << 112 | bits >> 16;
            for bits in [bits, special] {
                let v6 = Ipv6Addr::from_bits(bits);
                let local = v6.is_loopback() || v6.is_unspecified() || v6.is_multicast()
                    || v6.is_unique_local() || v6.is_unicast_link_local();
                prop_assert!(!local || not_public(v6.into()).is_some());
            }
        }
    }
}
