//! E-mail against a real mail server.

use linli_channel::{Channel, Message, Receipt, Recipient, SendFault};
use linli_deliver::email::{Addresses, Email, Server, Tls};
use linli_model::{Fault, Text, UserId};
use linli_testkit::smtp;
use std::sync::Arc;

/// Everybody's mail goes to one mailbox.
struct Mailbox(Option<&'static str>);
#[async_trait::async_trait]
impl Addresses for Mailbox {
    async fn address(&self, _: UserId) -> Result<Option<String>, Fault> {
        Ok(self.0.map(str::to_owned))
    }
}

fn message() -> Message {
    Message {
        id: "0197-notice".into(),
        recipient: Recipient::User(UserId(Default::default())),
        title: Text::new("新案件,请受理", "A new case for you to accept"),
        body: Text::new("十二村41号:烟感报警", "Building 41: smoke"),
        urgency: "attention".into(),
        link: "/m/cases/1".into(),
    }
}

fn email(port: u16, tls: Tls, authority: Option<Vec<u8>>, to: Option<&'static str>) -> Email {
    let server = Server {
        host: "localhost".into(),
        port,
        tls,
        authority,
        login: None,
        from: "邻里 <linli@office.example>".parse().unwrap(),
        public_url: "https://linli.example".into(),
    };
    Email::through(server, Arc::new(Mailbox(to)))
}

/// CH1: the id of a mail is the notice's, so that a repeated one is the same mail.
#[tokio::test]
async fn a_mail_arrives_with_the_notices_id_both_languages_and_its_link() {
    let Some(server) = smtp::server(smtp::Tls::None) else { return };
    let email = email(server.port, Tls::None, None, Some("desk@office.example"));
    for _ in 0..2 {
        assert_eq!(email.send(&message()).await, Ok(Receipt::Accepted));
    }
    let mails = server.mails();
    assert_eq!(mails.len(), 2);
    for mail in mails {
        assert!(mail.contains("Message-ID: <0197-notice@office.example>"), "{mail}");
        assert!(mail.contains("Auto-Submitted: auto-generated"), "{mail}");
        assert!(mail.contains("To: desk@office.example"), "{mail}");
    }
}

#[tokio::test]
async fn what_the_server_says_is_understood_and_what_it_does_not_say_is_unknown() {
    let Some(mut server) = smtp::server(smtp::Tls::None) else { return };
    let port = server.port;
    let send = |to| async move { email(port, Tls::None, None, to).send(&message()).await };
    assert!(matches!(send(Some("gone@office.example")).await, Err(SendFault::Lasting(_))));
    assert!(matches!(send(Some("full@office.example")).await, Err(SendFault::Passing(_))));
    assert!(matches!(send(Some("not an address")).await, Err(SendFault::Lasting(_))));
    assert!(matches!(send(None).await, Err(SendFault::Lasting(_))));
    assert_eq!(server.mails().len(), 0);
    let lost = send(Some("lost@office.example")).await;
    assert!(matches!(lost, Err(SendFault::Unknown(_))), "taken, and the answer lost: {lost:?}");
    assert_eq!(server.mails().len(), 1);
    server.stop();
    let down = send(Some("desk@office.example")).await;
    assert!(matches!(down, Err(SendFault::Passing(_))), "{down:?}");
    server.start_again();
    assert_eq!(send(Some("desk@office.example")).await, Ok(Receipt::Accepted));
}

#[tokio::test]
async fn mail_goes_by_tls_from_the_first_byte_or_from_starttls_on() {
    for (theirs, ours) in [(smtp::Tls::Wrapped, Tls::Wrapped), (smtp::Tls::StartTls, Tls::StartTls)] {
        let Some(server) = smtp::server(theirs) else { return };
        let to = Some("desk@office.example");
        let trusted = email(server.port, ours, Some(server.authority()), to).send(&message()).await;
        assert_eq!(trusted, Ok(Receipt::Accepted), "{ours:?}");
        let stranger = email(server.port, ours, None, to).send(&message()).await;
        assert!(matches!(stranger, Err(SendFault::Passing(_))), "{ours:?}: {stranger:?}");
        assert_eq!(server.mails().len(), 1, "nothing was told to a stranger");
    }
}

#[tokio::test]
async fn where_starttls_is_asked_for_nothing_is_told_to_a_server_without() {
    let Some(server) = smtp::server(smtp::Tls::None) else { return };
    let sent = email(server.port, Tls::StartTls, None, Some("desk@office.example")).send(&message()).await;
    assert!(matches!(sent, Err(SendFault::Passing(_))), "{sent:?}");
    assert!(server.mails().is_empty());
}
