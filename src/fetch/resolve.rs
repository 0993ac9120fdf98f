//! Names to addresses, checked: what leaves here is exactly what is connected to.

use std::error::Error;
use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;

use super::{FetchError, Policy};

/// Addresses of one name that are looked at; a connection tries them in turn.
const MAX_ADDRESSES: usize = 16;

/// The outcome of one look-up, to be awaited.
pub type Lookup = Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send>>;

/// Looks up the addresses of a host.
pub trait Resolve: Send + Sync {
    /// The addresses of `host`, in the order in which to try them.
    fn lookup(&self, host: String) -> Lookup;
}

/// The resolver of the system.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemResolver;

impl Resolve for SystemResolver {
    fn lookup(&self, host: String) -> Lookup {
        Box::pin(async move {
            // The system's words for either name functions of its library.
            let unknown =
                |_| io::Error::new(io::ErrorKind::NotFound, "no such host, or no network");
            let found = tokio::net::lookup_host((host, 0)).await.map_err(unknown)?;
            Ok(found.map(|address| address.ip()).collect())
        })
    }
}

/// Stands between the HTTP client and the resolver. The client has no other source of addresses and
/// asks for every connection, so a name that changes its mind between check and use gains nothing.
pub(super) struct Guard {
    pub(super) policy: Arc<Policy>,
    pub(super) resolver: Arc<dyn Resolve>,
}

/// What the guard says, as it travels through the errors of the HTTP client.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub(super) struct Refusal(pub(super) FetchError);

impl reqwest::dns::Resolve for Guard {
    fn resolve(&self, name: reqwest::dns::Name) -> reqwest::dns::Resolving {
        let host = name.as_str().to_owned();
        let policy = Arc::clone(&self.policy);
        let lookup = self.resolver.lookup(host.clone());
        Box::pin(async move {
            let addresses = match lookup.await {
                Ok(addresses) => check(&policy, &host, addresses),
                Err(error) => Err(FetchError::UnknownHost {
                    host,
                    reason: super::error::cut(&error.to_string()),
                }),
            };
            match addresses {
                Ok(addresses) => {
                    // Port 0 lets the client put in the one of the address it was given.
                    let addresses = addresses.into_iter().map(|ip| SocketAddr::new(ip, 0));
                    Ok(Box::new(addresses) as reqwest::dns::Addrs)
                }
                Err(error) => Err(Box::new(Refusal(error)) as Box<dyn Error + Send + Sync>),
            }
        })
    }
}

/// All addresses of a name, or an error if one of them must not be connected to: a public site has no
/// reason to list an inner address among its own.
fn check(policy: &Policy, host: &str, addresses: Vec<IpAddr>) -> Result<Vec<IpAddr>, FetchError> {
    if addresses.is_empty() {
        return Err(FetchError::UnknownHost {
            host: host.to_owned(),
            reason: "it has no address".to_owned(),
        });
    }
    for address in &addresses {
        if let Some(what) = policy.refuses(*address) {
            return Err(FetchError::NotPublic {
                host: host.to_owned(),
                address: *address,
                what,
            });
        }
    }
    Ok(addresses.into_iter().take(MAX_ADDRESSES).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(addresses: &[&str]) -> Result<Vec<IpAddr>, FetchError> {
        let addresses = addresses.iter().map(|a| a.parse().unwrap()).collect();
        check(&Policy::default(), "example.org", addresses)
    }

    #[test]
    fn one_inner_address_among_public_ones_refuses_the_name() {
        assert_eq!(outcome(&["1.1.1.1", "2606:4700::1"]).unwrap().len(), 2);
        for inner in ["127.0.0.1", "::1", "10.0.0.1", "fd00::1", "::ffff:10.0.0.1"] {
            let error = outcome(&["1.1.1.1", inner]).unwrap_err();
            assert!(matches!(error, FetchError::NotPublic { .. }), "{inner}");
        }
        assert!(matches!(outcome(&[]), Err(FetchError::UnknownHost { .. })));
    }

    #[test]
    fn of_very_many_addresses_the_first_are_tried_and_all_are_checked() {
        let mut many = vec!["1.1.1.1"; MAX_ADDRESSES + 1];
        assert_eq!(outcome(&many).unwrap().len(), MAX_ADDRESSES);
        many.push("127.0.0.1");
        assert!(outcome(&many).is_err());
    }
}
