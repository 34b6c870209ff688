//! E-mail over SMTP: one mail a notice, to the address its reader has set.
//!
//! The Message-ID is made of the notice's id, so that a repeated delivery is the same mail to every mail program, and
//! an `Auto-Submitted` header keeps absence notes away. What may be lost after the server has the text counts as
//! unknown; what fails before that did not leave the house.

use async_trait::async_trait;
use lettre::{
    Address, Message as Mail,
    address::Envelope,
    message::{Mailbox, header},
    transport::smtp::{
        Error,
        authentication::{Credentials, DEFAULT_MECHANISMS},
        client::{AsyncSmtpConnection, Certificate, TlsParameters},
        extension::ClientId,
    },
};
use linli_channel::{Channel, Message, Receipt, Recipient, SendFault};
use linli_model::{Fault, Lang, UserId};
use std::{sync::Arc, time::Duration};

/// How long the mail server may take over each step.
const ANSWER_SECS_MAX: u64 = 20;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tls {
    /// TLS from the first byte, usually port 465.
    Wrapped,
    /// Plain, then TLS before anything is said, usually port 587; refused where the server has none.
    StartTls,
    /// Only for a relay on the same machine.
    None,
}

/// A mail server of one's own.
#[derive(Clone, Debug)]
pub struct Server {
    pub host: String,
    pub port: u16,
    pub tls: Tls,
    /// A certificate authority of one's own, PEM; beside those the system trusts.
    pub authority: Option<Vec<u8>>,
    /// Name and password, where it asks for them.
    pub login: Option<(String, String)>,
    /// `邻里 <linli@example.cn>`
    pub from: Mailbox,
    /// Address people reach the pages under, before the link of a message.
    pub public_url: String,
}

/// Where a person wants their mail; none = by no mail.
#[async_trait]
pub trait Addresses: Send + Sync {
    async fn address(&self, user: UserId) -> Result<Option<String>, Fault>;
}

/// Whether mail can be sent in this name.
pub fn is_sender(from: &str) -> bool {
    from.parse::<Mailbox>().is_ok()
}

pub struct Email {
    server: Server,
    addresses: Arc<dyn Addresses>,
}

impl Email {
    pub fn through(server: Server, addresses: Arc<dyn Addresses>) -> Self {
        Email { server, addresses }
    }

    fn mail(&self, message: &Message, to: Address) -> Result<Mail, SendFault> {
        let wrong = |e: lettre::error::Error| SendFault::Lasting(e.to_string());
        let link = match (self.server.public_url.as_str(), message.link.as_str()) {
            ("", _) | (_, "") => String::new(),
            (base, link) => format!("\n{}{link}\n", base.trim_end_matches('/')),
        };
        // Both languages: a mail is read where the page's language is not known.
        let text = format!(
            "{}\n{}\n{link}\n--\n{}\n{}\n",
            message.title.get(Lang::Zh),
            message.body.get(Lang::Zh),
            message.title.get(Lang::En),
            message.body.get(Lang::En)
        );
        Mail::builder()
            .message_id(Some(format!("<{}@{}>", message.id, self.server.from.email.domain())))
            .from(self.server.from.clone())
            .to(Mailbox::new(None, to))
            .subject(message.title.get(Lang::Zh))
            .header(AutoSubmitted)
            .header(header::ContentType::TEXT_PLAIN)
            .body(text)
            .map_err(wrong)
    }

    fn tls(&self) -> Result<TlsParameters, Error> {
        let mut parameters = TlsParameters::builder(self.server.host.clone());
        if let Some(pem) = &self.server.authority {
            parameters = parameters.add_root_certificate(Certificate::from_pem(pem)?);
        }
        parameters.build_rustls()
    }

    /// Up to where the server waits for the mail; nothing has left the house if this fails.
    async fn connected(&self) -> Result<AsyncSmtpConnection, SendFault> {
        let server = &self.server;
        let name = ClientId::Domain("linli".to_owned());
        let timeout = Some(Duration::from_secs(ANSWER_SECS_MAX));
        let tls = || self.tls().map_err(|e| before(&e));
        let wrapped = if server.tls == Tls::Wrapped { Some(tls()?) } else { None };
        let address = (server.host.as_str(), server.port);
        let mut connection = AsyncSmtpConnection::connect_tokio1(address, timeout, &name, wrapped, None)
            .await
            .map_err(|e| before(&e))?;
        if server.tls == Tls::StartTls {
            if !connection.can_starttls() {
                return Err(SendFault::Passing("the mail server offers no STARTTLS".to_owned()));
            }
            connection.starttls(tls()?, &name).await.map_err(|e| before(&e))?;
        }
        if let Some((name, password)) = &server.login {
            let login = Credentials::new(name.clone(), password.clone());
            // Refused credentials are mended by whoever runs this, and the mail goes out then.
            connection
                .auth(DEFAULT_MECHANISMS, &login)
                .await
                .map_err(|e| SendFault::Passing(e.to_string()))?;
        }
        Ok(connection)
    }
}

/// A failure before the mail was given to anybody: a later attempt may succeed.
fn before(fault: &Error) -> SendFault {
    SendFault::Passing(fault.to_string())
}

/// A failure while the mail was given: what the server said counts; where it said nothing, nobody knows.
fn during(fault: &Error) -> SendFault {
    if fault.is_permanent() {
        SendFault::Lasting(fault.to_string())
    } else if fault.is_transient() {
        SendFault::Passing(fault.to_string())
    } else {
        SendFault::Unknown(fault.to_string())
    }
}

/// RFC 3834: made by a program, not to be answered by one.
#[derive(Clone)]
struct AutoSubmitted;
impl header::Header for AutoSubmitted {
    fn name() -> header::HeaderName {
        header::HeaderName::new_from_ascii_str("Auto-Submitted")
    }
    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(AutoSubmitted)
    }
    fn display(&self) -> header::HeaderValue {
        header::HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

#[async_trait]
impl Channel for Email {
    fn code(&self) -> &'static str {
        "email"
    }

    async fn send(&self, message: &Message) -> Result<Receipt, SendFault> {
        let Recipient::User(user) = message.recipient else {
            return Err(SendFault::Lasting("a reporter has no mail address here".to_owned()));
        };
        let found = self.addresses.address(user).await.map_err(|e| SendFault::Passing(e.to_string()))?;
        let Some(address) = found else {
            return Err(SendFault::Lasting("no mail address is set".to_owned()));
        };
        let to: Address =
            address.parse().map_err(|_| SendFault::Lasting("the mail address is malformed".to_owned()))?;
        let mail = self.mail(message, to.clone())?;
        let envelope = Envelope::new(Some(self.server.from.email.clone()), vec![to])
            .map_err(|e| SendFault::Lasting(e.to_string()))?;
        let mut connection = self.connected().await?;
        connection.send(&envelope, &mail.formatted()).await.map_err(|e| during(&e))?;
        // It has the mail; whether it hears our goodbye changes nothing.
        let _ = connection.quit().await;
        Ok(Receipt::Accepted)
    }

    /// Up to where the mail would be given.
    async fn probe(&self) -> Result<(), SendFault> {
        let mut connection = self.connected().await?;
        let _ = connection.quit().await;
        Ok(())
    }
}
