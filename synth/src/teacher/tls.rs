//! TLS for the HTTP client: rustls as LanceDB's client has it, with the certificates that the system trusts (`SSL_CERT_FILE` and
//! `SSL_CERT_DIR` name others) and those of a file. The client's own TLS would name one more feature of rustls, for which all of LanceDB
//! would have to be compiled a second time.

use std::fmt;
use std::io::{Read as _, Write as _};
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use ureq::Error;
use ureq::unversioned::transport::{Buffers, ConnectionDetails, Connector, Either, LazyBuffers, NextTimeout, Transport, TransportAdapter};

use crate::SynthError;

/// Wraps connections of `https` URLs.
pub(super) struct TlsConnector {
    /// Certificates to trust beside the system's.
    own: Vec<CertificateDer<'static>>,
    /// Made when the first connection needs it, since the system's certificates take a while to read.
    config: OnceLock<Result<Arc<ClientConfig>, &'static str>>,
}

impl TlsConnector {
    /// # Errors
    /// If the file of certificates cannot be read or holds none.
    pub fn new(certificates: Option<PathBuf>) -> Result<Self, SynthError> {
        let mut own = Vec::new();
        if let Some(path) = certificates {
            let name = path.display().to_string();
            let wrong = |error: rustls::pki_types::pem::Error| SynthError::data(&name, format!("{error}; give a PEM file of certificates"));
            for certificate in CertificateDer::pem_file_iter(&path).map_err(wrong)? {
                own.push(certificate.map_err(wrong)?);
            }
            if own.is_empty() {
                return Err(SynthError::data(name, "holds no certificate; give a PEM file"));
            }
        }
        Ok(Self { own, config: OnceLock::new() })
    }

    fn config(&self) -> Result<Arc<ClientConfig>, Error> {
        self.config.get_or_init(|| self.make_config()).clone().map_err(Error::Tls)
    }

    fn make_config(&self) -> Result<Arc<ClientConfig>, &'static str> {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        roots.add_parsable_certificates(self.own.iter().cloned());
        if roots.is_empty() {
            return Err("no certificates to trust were found; set SSL_CERT_FILE");
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let builder = builder.map_err(|_| "no version of TLS is there")?;
        Ok(Arc::new(builder.with_root_certificates(roots).with_no_client_auth()))
    }
}

impl<In: Transport> Connector<In> for TlsConnector {
    type Out = Either<In, TlsTransport>;

    fn connect(&self, details: &ConnectionDetails, chained: Option<In>) -> Result<Option<Self::Out>, Error> {
        let Some(transport) = chained else { return Ok(None) };
        if !details.needs_tls() || transport.is_tls() {
            return Ok(Some(Either::A(transport)));
        }
        let host = details.uri.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
        let name = ServerName::try_from(host.to_owned()).map_err(|_| Error::Tls("the host's name cannot stand in a certificate"))?;
        let mut connection = ClientConnection::new(self.config()?, name).map_err(tls_error)?;
        let mut socket = TransportAdapter::new(transport.boxed(), details.current_time.clone());
        socket.set_timeout(details.timeout);
        connection.complete_io(&mut socket)?;
        let buffers = LazyBuffers::new(details.config.input_buffer_size(), details.config.output_buffer_size());
        Ok(Some(Either::B(TlsTransport { buffers, stream: StreamOwned::new(connection, socket) })))
    }
}

fn tls_error(error: rustls::Error) -> Error {
    Error::Io(std::io::Error::new(std::io::ErrorKind::InvalidData, error))
}

/// An encrypted connection.
pub(super) struct TlsTransport {
    buffers: LazyBuffers,
    stream: StreamOwned<ClientConnection, TransportAdapter>,
}

impl Transport for TlsTransport {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        self.stream.get_mut().set_timeout(timeout);
        self.stream.write_all(&self.buffers.output()[..amount])?;
        Ok(())
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        self.stream.get_mut().set_timeout(timeout);
        let amount = self.stream.read(self.buffers.input_append_buf())?;
        self.buffers.input_appended(amount);
        Ok(amount > 0)
    }

    fn is_open(&mut self) -> bool {
        self.stream.get_mut().get_mut().is_open()
    }

    fn is_tls(&self) -> bool {
        true
    }
}

impl fmt::Debug for TlsConnector {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("TlsConnector").field("own", &self.own.len()).finish_non_exhaustive()
    }
}

impl fmt::Debug for TlsTransport {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("TlsTransport").finish_non_exhaustive()
    }
}
