//! A site on this machine that answers as a test tells it to, down to the bytes.

use std::io::{ErrorKind, Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// This machine.
pub(crate) const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
/// This machine too, but another address.
pub(crate) const NEXT_DOOR: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2));

/// A request as it arrived.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    /// Path and query; of a proxy, the whole address.
    pub(crate) path: String,
    /// Names in lower case.
    headers: Vec<(String, String)>,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str())
    }
}

/// What is sent back before the connection is closed.
pub(crate) enum Reply {
    /// These bytes.
    Bytes(Vec<u8>),
    /// These bytes, then nothing, until the other side gives up.
    Stall(Vec<u8>),
    /// These bytes, then one more every few milliseconds.
    Drip(Vec<u8>),
    /// These bytes, then those again and again.
    Endless(Vec<u8>, Vec<u8>),
}

/// A response with a body and its length.
pub(crate) fn page(status: u16, headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> Reply {
    let body = body.as_ref();
    let length = body.len().to_string();
    let mut headers = headers.to_vec();
    headers.push(("content-length", &length));
    let mut bytes = head(status, &headers);
    bytes.extend_from_slice(body);
    Reply::Bytes(bytes)
}

/// An HTML page.
pub(crate) fn html(body: &str) -> Reply {
    page(200, &[("content-type", "text/html; charset=utf-8")], body)
}

/// A redirect.
pub(crate) fn redirect(status: u16, to: &str) -> Reply {
    page(status, &[("location", to)], "")
}

/// Status line and headers, with the empty line after them.
pub(crate) fn head(status: u16, headers: &[(&str, &str)]) -> Vec<u8> {
    let mut text = format!("HTTP/1.1 {status} Status\r\nconnection: close\r\n");
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    text.push_str("\r\n");
    text.into_bytes()
}

/// A running site; stops when dropped.
pub(crate) struct Site {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<Request>>>,
    is_stopped: Arc<AtomicBool>,
}

impl Site {
    /// A site whose every page but `/robots.txt`, which is missing, comes from `answer`.
    pub(crate) fn new(answer: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Site {
        Site::with_robots(move |request| match request.path.as_str() {
            "/robots.txt" => page(404, &[], ""),
            _ => answer(request),
        })
    }

    /// A site whose every page comes from `answer`.
    pub(crate) fn with_robots(answer: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Site {
        Site::at(SocketAddr::new(HERE, 0), answer)
    }

    /// The same at a given address.
    pub(crate) fn at(
        address: SocketAddr,
        answer: impl Fn(&Request) -> Reply + Send + Sync + 'static,
    ) -> Site {
        let listener = TcpListener::bind(address).unwrap();
        let site = Site {
            address: listener.local_addr().unwrap(),
            requests: Arc::default(),
            is_stopped: Arc::default(),
        };
        let (requests, is_stopped) = (Arc::clone(&site.requests), Arc::clone(&site.is_stopped));
        let answer = Arc::new(answer);
        std::thread::spawn(move || {
            for connection in listener.incoming() {
                if is_stopped.load(Ordering::SeqCst) {
                    return;
                }
                let (Ok(connection), requests, answer) =
                    (connection, Arc::clone(&requests), Arc::clone(&answer))
                else {
                    continue;
                };
                // A client that hangs up early is part of what is tested.
                std::thread::spawn(move || serve(connection, &requests, answer.as_ref()).ok());
            }
        });
        site
    }

    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    /// The address of a page here.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The paths asked for so far, `/robots.txt` left out.
    pub(crate) fn paths(&self) -> Vec<String> {
        let mut paths = self.all_paths();
        paths.retain(|path| path != "/robots.txt");
        paths
    }

    /// The paths asked for so far.
    pub(crate) fn all_paths(&self) -> Vec<String> {
        let requests = self.requests.lock().unwrap();
        requests
            .iter()
            .map(|request| request.path.clone())
            .collect()
    }

    /// The last request but those for `/robots.txt`.
    pub(crate) fn last_request(&self) -> Request {
        let requests = self.requests.lock().unwrap();
        let mut pages = requests.iter().filter(|r| r.path != "/robots.txt");
        pages.next_back().unwrap().clone()
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.is_stopped.store(true, Ordering::SeqCst);
        // Wakes the listener.
        let _ = TcpStream::connect(self.address);
    }
}

fn serve(
    mut connection: TcpStream,
    requests: &Mutex<Vec<Request>>,
    answer: &(impl Fn(&Request) -> Reply + ?Sized),
) -> std::io::Result<()> {
    let Some(request) = read_request(&mut connection)? else {
        return Ok(());
    };
    requests.lock().unwrap().push(request.clone());
    match answer(&request) {
        Reply::Bytes(bytes) => connection.write_all(&bytes),
        Reply::Stall(bytes) => {
            connection.write_all(&bytes)?;
            let mut rest = Vec::new();
            connection.read_to_end(&mut rest).map(|_| ())
        }
        Reply::Drip(bytes) => {
            connection.write_all(&bytes)?;
            connection.set_read_timeout(Some(Duration::from_millis(2)))?;
            // Ends when the other side hangs up.
            while let Err(error) = connection.read_exact(&mut [0]) {
                if !matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) {
                    return Err(error);
                }
                connection.write_all(b"x")?;
            }
            Ok(())
        }
        Reply::Endless(bytes, chunk) => {
            connection.write_all(&bytes)?;
            loop {
                connection.write_all(&chunk)?;
            }
        }
    }
}

fn read_request(connection: &mut TcpStream) -> std::io::Result<Option<Request>> {
    let mut bytes = Vec::new();
    while !bytes.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        if connection.read(&mut byte)? == 0 {
            return Ok(None);
        }
        bytes.extend_from_slice(&byte);
    }
    let text = String::from_utf8_lossy(&bytes);
    let mut lines = text.lines();
    let path = lines.next().and_then(|line| line.split(' ').nth(1));
    let headers = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    Ok(path.map(|path| Request {
        path: path.to_owned(),
        headers,
    }))
}
