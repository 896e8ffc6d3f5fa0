//! A server in front of a workspace, and as much of a browser as the page
//! needs: a cookie, forms, and the headers that browsers send with them.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::sync::Arc;

use ctx_core::Host;
use ctx_serve::{Metrics, Server, ServerOptions};
use http::header::{ACCEPT, CONTENT_TYPE, COOKIE, HOST, LOCATION, ORIGIN, SET_COOKIE};
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio_util::sync::CancellationToken;

use crate::mcp::workspace::Workspace;

/// What shows the operator.
pub(crate) const TOKEN: &str = "a-token-of-many-characters";

/// A server, and a browser that looks at it.
pub(crate) struct Browser {
    address: SocketAddr,
    cookie: Option<String>,
    /// What the server prints when it starts.
    pub(crate) way_in: String,
    pub(crate) host: Arc<Host>,
    pub(crate) workspace: Workspace,
    stop: CancellationToken,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Sight {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Browser {
    /// Serves a workspace. Nobody is signed in.
    pub(crate) async fn before(workspace: Workspace) -> Self {
        let host = workspace.open();
        let options = ServerOptions {
            bind: "127.0.0.1:0".to_owned(),
            names: Vec::new(),
            token: TOKEN.to_owned(),
        };
        let server = Server::bind(host.clone(), Arc::new(Metrics::new()), options).await.unwrap();
        let (address, way_in) = (server.address(), server.sign_in().unwrap());
        let stop = CancellationToken::new();
        tokio::spawn(server.run(stop.clone()));
        Self { address, cookie: None, way_in, host, workspace, stop }
    }

    /// Serves a workspace and signs in.
    pub(crate) async fn signed_in(workspace: Workspace) -> Self {
        let mut browser = Self::before(workspace).await;
        let way_in = browser.way_in.clone();
        let sight = browser.get(&way_in).await;
        browser.keep_cookie(&sight);
        browser
    }

    /// Keeps the cookie that came with an answer.
    pub(crate) fn keep_cookie(&mut self, sight: &Sight) {
        let cookie = sight.headers[SET_COOKIE].to_str().unwrap();
        self.cookie = Some(cookie.split(';').next().unwrap().to_owned());
    }

    /// Where the page is, as browsers write it.
    pub(crate) fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) async fn get(&self, path: &str) -> Sight {
        self.send(Method::GET, path, &[], String::new()).await
    }

    /// Sends a form as a browser does.
    pub(crate) async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Sight {
        let origin = self.origin();
        self.post_with(path, &[(ORIGIN.as_str(), &origin)], fields).await
    }

    /// Sends a form with other headers than a browser's.
    pub(crate) async fn post_with(
        &self,
        path: &str,
        headers: &[(&str, &str)],
        fields: &[(&str, &str)],
    ) -> Sight {
        let mut all = vec![(CONTENT_TYPE.as_str(), "application/x-www-form-urlencoded")];
        all.extend(headers);
        self.send(Method::POST, path, &all, urlencoded(fields)).await
    }

    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: String,
    ) -> Sight {
        let stream = tokio::net::TcpStream::connect(self.address).await.unwrap();
        let (mut client, connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(HOST, self.address.to_string())
            .header(ACCEPT, "text/html,application/xhtml+xml,*/*;q=0.8");
        if let Some(cookie) = &self.cookie {
            request = request.header(COOKIE, cookie);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Full::<bytes::Bytes>::from(body)).unwrap();
        let (parts, body) = client.send_request(request).await.unwrap().into_parts();
        let text = body.collect().await.unwrap().to_bytes();
        Sight {
            status: parts.status,
            headers: parts.headers,
            text: String::from_utf8(text.to_vec()).unwrap(),
        }
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl Sight {
    /// Checks the status, and that it is a page with a policy.
    #[track_caller]
    pub(crate) fn page(self, status: StatusCode) -> Self {
        assert_eq!(self.status, status, "{}", self.text);
        assert_eq!(self.headers[CONTENT_TYPE], "text/html; charset=utf-8");
        let policy = self.headers["content-security-policy"].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'; style-src 'self';"), "{policy}");
        assert_eq!(self.headers["referrer-policy"], "same-origin");
        assert_eq!(self.headers["x-content-type-options"], "nosniff");
        assert_eq!(self.headers["cache-control"], "no-store");
        self
    }

    #[track_caller]
    pub(crate) fn has(self, part: &str) -> Self {
        assert!(self.text.contains(part), "`{part}` is not in\n{}", self.text);
        self
    }

    #[track_caller]
    pub(crate) fn lacks(self, part: &str) -> Self {
        assert!(!self.text.contains(part), "`{part}` is in\n{}", self.text);
        self
    }

    #[track_caller]
    pub(crate) fn leads_to(self, path: &str) -> Self {
        assert_eq!(self.status, StatusCode::SEE_OTHER, "{}", self.text);
        assert_eq!(self.headers[LOCATION], path);
        self
    }
}

fn urlencoded(fields: &[(&str, &str)]) -> String {
    let mut body = String::new();
    for (at, (name, value)) in fields.iter().enumerate() {
        if at > 0 {
            body.push('&');
        }
        for (part, end) in [(name, "="), (value, "")] {
            for byte in part.bytes() {
                if byte.is_ascii_alphanumeric() {
                    body.push(char::from(byte));
                } else {
                    write!(body, "%{byte:02X}").unwrap();
                }
            }
            body.push_str(end);
        }
    }
    body
}
