//! Git's smart protocol over our own https and http, so that no other TLS
//! comes into the program.

use std::io::{self, Read, Write};
use std::sync::{Arc, Mutex, Once, PoisonError};

use git2::Error;
use git2::transport::{Service, SmartSubtransport, SmartSubtransportStream, Transport};
use url::Url;

use crate::address::authorization;
use crate::exchange::{Answer, Method, send};

/// Tells the library whom to ask for https and http. Once in a process.
pub(crate) fn register() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        for scheme in ["https", "http"] {
            // It can only fail for a scheme that is registered already.
            #[expect(
                unsafe_code,
                reason = "the library's table of transports has no lock; `Once` is ours, and \
                          every use of the library in this crate comes after it"
            )]
            drop(unsafe {
                git2::transport::register(scheme, |remote| {
                    Transport::smart(remote, true, Http::default())
                })
            });
        }
    });
}

/// One conversation with one repository.
#[derive(Default)]
struct Http {
    /// Where the first answer came from in the end, and what proves who asks.
    place: Arc<Mutex<Option<Place>>>,
}

#[derive(Clone)]
struct Place {
    /// Without a slash at its end.
    base: Url,
    authorization: Option<String>,
}

impl SmartSubtransport for Http {
    fn action(
        &self,
        url: &str,
        service: Service,
    ) -> Result<Box<dyn SmartSubtransportStream>, Error> {
        let lists = match service {
            Service::UploadPackLs => true,
            Service::UploadPack => false,
            Service::ReceivePackLs | Service::ReceivePack => {
                return Err(Error::from_str("nothing is ever pushed"));
            }
        };
        let known = self.place.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let place = if let Some(place) = known {
            place
        } else {
            let mut base = Url::parse(url).map_err(|error| Error::from_str(&error.to_string()))?;
            let authorization = authorization(&mut base);
            Place { base, authorization }
        };
        Ok(Box::new(Stream {
            lists,
            place,
            shared: self.place.clone(),
            request: Vec::new(),
            answer: None,
        }))
    }

    fn close(&self) -> Result<(), Error> {
        Ok(())
    }
}

/// One request and its answer. It is sent when the answer is first read.
struct Stream {
    lists: bool,
    place: Place,
    shared: Arc<Mutex<Option<Place>>>,
    request: Vec<u8>,
    answer: Option<Answer>,
}

/// What comes after the address of a repository in a request for its branches.
const LIST: &str = "/info/refs?service=git-upload-pack";

impl Stream {
    fn ask(&mut self) -> io::Result<Answer> {
        let base = self.place.base.as_str().trim_end_matches('/');
        let url = format!("{base}{}", if self.lists { LIST } else { "/git-upload-pack" });
        let url = Url::parse(&url).map_err(io::Error::other)?;
        let method = if self.lists {
            Method::Get
        } else {
            Method::Post {
                body: std::mem::take(&mut self.request),
                content_type: "application/x-git-upload-pack-request",
            }
        };
        let answer = send(url, &method, self.place.authorization.clone())?;
        if self.lists {
            // A redirect of the first request holds for those that follow.
            let base = answer.url.as_str().strip_suffix(LIST).and_then(|url| Url::parse(url).ok());
            let place = Place {
                base: base.unwrap_or_else(|| self.place.base.clone()),
                authorization: answer.authorization.clone(),
            };
            *self.shared.lock().unwrap_or_else(PoisonError::into_inner) = Some(place);
        }
        Ok(answer)
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.answer.is_none() {
            self.answer = Some(self.ask()?);
        }
        match &mut self.answer {
            Some(answer) => answer.read(buffer),
            None => Ok(0),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.request.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
