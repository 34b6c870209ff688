//! Taking a message: unpack, cut, judge, append, acknowledge.
//!
//! Invariants
//! - IT1 The receipt is made after the log's append returned (IK1); an append that failed gives a fault and no receipt.
//! - IT2 One append per message, whatever is in it: all its rows are durable or the message is not acknowledged.
//! - IT3 Rows not listed in a receipt were accepted; listed rows are in quarantine, which is durable too.

use crate::{
    body::{self, BodyError, Encoding, Limits},
    directory::{Directory, Principal},
    forbidden::{Strictness, find_in_tangle},
    judge::{JudgeContext, RAW_BYTES_MAX, RawRow, judge},
};
use linli_log::Log;
use linli_model::{
    Diagnostic, Fault, Instant, LogEntry, Millis, Position, QuarantineReason, Quarantined, Reading,
    ReadingBatch, Refusal, SourceId,
};
use serde::Serialize;
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

/// A device clock further ahead than this sends its rows to quarantine; the engine clamps from two minutes on.
pub const CLOCK_AHEAD_MAX: Millis = Millis::minutes(30);
/// Rows whose texts add up to more than this go into an entry of their own, far below the log's limit.
const ENTRY_TEXT_BYTES_MAX: usize = 4 << 20;
/// After so many rows the task lets others run.
const ROWS_PER_TURN: u32 = 4_096;

/// What is answered while the disk has no room: nothing was kept, and the sender may send it again later.
pub fn disk_full() -> Fault {
    Fault::passing("the disk is nearly full; nothing new is taken").saying(
        "disk_full",
        "服务器磁盘空间不足,暂停接收新数据;已确认的数据没有丢失。请联系管理员清理磁盘后重试",
        "the server's disk is nearly full and nothing new is taken; what was acknowledged is safe. Ask an administrator to free space, then try again",
    )
}

/// Our clock, given by the runtime.
pub type Clock = Arc<dyn Fn() -> Instant + Send + Sync>;

pub struct Intake {
    log: Arc<dyn Log>,
    directory: Arc<dyn Directory>,
    clock: Clock,
    limits: Limits,
    full: Arc<AtomicBool>,
}

/// What arrived on one request or publish.
#[derive(Clone, Copy, Debug)]
pub struct Message<'a> {
    pub body: &'a [u8],
    pub encoding: Encoding,
    /// Named by the topic or the path; otherwise the sender's home.
    pub source: Option<&'a SourceId>,
}

impl<'a> Message<'a> {
    pub fn of(body: &'a [u8]) -> Self {
        Message { body, encoding: Encoding::Identity, source: None }
    }
}

/// A row that did not become a reading.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RowResult {
    /// From 1.
    pub row: u32,
    pub reason: QuarantineReason,
    pub diagnostic: Diagnostic,
}

/// The acknowledgement: everything in it is durable.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Receipt {
    pub accepted: u32,
    pub quarantined: u32,
    /// Where the message ends in the log.
    pub position: Position,
    /// The rows in quarantine; all others were accepted.
    pub rows: Vec<RowResult>,
}

/// Why a message as a whole was not taken. Nothing of it is kept; the sender may send it again.
#[derive(Debug, thiserror::Error)]
pub enum IntakeError {
    /// 413
    #[error("{}", .0.message.en)]
    TooLarge(Diagnostic),
    /// 400
    #[error("{}", .0.message.en)]
    Unreadable(Diagnostic),
    /// 403
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// 503
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<BodyError> for IntakeError {
    fn from(e: BodyError) -> Self {
        match e {
            BodyError::TooLarge(d) => IntakeError::TooLarge(d),
            BodyError::Unreadable(d) => IntakeError::Unreadable(d),
        }
    }
}

impl Intake {
    pub fn new(log: Arc<dyn Log>, directory: Arc<dyn Directory>, clock: Clock) -> Self {
        Intake { log, directory, clock, limits: Limits::default(), full: Arc::default() }
    }
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }
    /// While this is set nothing is taken: the disk has no room left.
    pub fn with_full(mut self, full: Arc<AtomicBool>) -> Self {
        self.full = full;
        self
    }
    pub fn limits(&self) -> &Limits {
        &self.limits
    }
    /// Checks a credential's name and secret (HTTP Basic, MQTT).
    pub fn authenticate(&self, name: &str, secret: &[u8]) -> Option<Arc<Principal>> {
        self.directory.snapshot().authenticate(name, secret)
    }
    /// Checks a bearer token, `name.secret`.
    pub fn authenticate_bearer(&self, token: &str) -> Option<Arc<Principal>> {
        self.directory.snapshot().authenticate_bearer(token)
    }
    /// The holder of a credential that was checked when the connection was made; none once it was withdrawn.
    pub fn find_principal(&self, name: &str) -> Option<Arc<Principal>> {
        self.directory.snapshot().find_principal(name).cloned()
    }

    /// Takes a message: returns when its rows, good and bad, are durable in the log.
    pub async fn take(&self, principal: &Principal, message: Message<'_>) -> Result<Receipt, IntakeError> {
        if let Some(source) = message.source
            && !principal.sources.contains(source)
        {
            return Err(Refusal::new(
                "foreign_source",
                format!("凭证 {} 无权以来源 {source} 上报。", principal.name),
                format!("The credential {} may not send as the source {source}.", principal.name),
            )
            .into());
        }
        let body = body::unpack(message.body, message.encoding, &self.limits)?;
        let received_at = (self.clock)();
        let directory = self.directory.snapshot();
        let ctx = JudgeContext {
            directory: &directory,
            principal,
            source: message.source,
            received_at,
            clock_ahead_max: CLOCK_AHEAD_MAX,
        };
        let mut batches =
            Batches::of(message.source.unwrap_or(&principal.home).clone(), received_at, body.len());
        let mut row = 0;
        for bytes in body::rows(&body) {
            row += 1;
            if row as usize > self.limits.rows_max {
                return Err(too_many_rows(self.limits.rows_max));
            }
            batches
                .push(judge(RawRow { number: row, bytes }, &ctx).map(|p| (p.source, p.reading)), bytes.len());
            if row % ROWS_PER_TURN == 0 {
                tokio::task::yield_now().await;
            }
        }
        if row == 0 {
            batches.push(Err(no_rows()), 0);
        }
        self.append(batches).await
    }

    /// Judges one row and keeps nothing: whether it would be accepted now.
    // A refused row is the rare case; boxing it would only move the allocation.
    #[allow(clippy::result_large_err)]
    pub fn judge_one(&self, principal: &Principal, row: &[u8]) -> Result<(), Quarantined> {
        let directory = self.directory.snapshot();
        let ctx = JudgeContext {
            directory: &directory,
            principal,
            source: None,
            received_at: (self.clock)(),
            clock_ahead_max: CLOCK_AHEAD_MAX,
        };
        judge(RawRow { number: 1, bytes: row }, &ctx).map(drop)
    }

    /// Keeps a message that can never be taken as one row in quarantine, for senders that cannot be told no and would
    /// send it for ever (MQTT).
    pub async fn quarantine_whole(
        &self,
        source: &SourceId,
        body: &[u8],
        diagnostic: Diagnostic,
    ) -> Result<Receipt, IntakeError> {
        let mut batches = Batches::of(source.clone(), (self.clock)(), 0);
        let text = String::from_utf8_lossy(&body[..body.len().min(RAW_BYTES_MAX)]);
        // Packed bytes tell nobody anything; a readable beginning does, unless something forbidden is in it.
        let readable = std::str::from_utf8(&body[..body.len().min(64)]).is_ok();
        let clean = find_in_tangle(&text, Strictness::Unknown).is_none();
        let raw = if readable && clean { text.into_owned() } else { String::new() };
        let reason = QuarantineReason::Malformed;
        batches.push(Err(Quarantined { row: 1, raw, reason, diagnostic }), 0);
        self.append(batches).await
    }

    async fn append(&self, batches: Batches) -> Result<Receipt, IntakeError> {
        if self.full.load(Ordering::Relaxed) {
            return Err(disk_full().into());
        }
        let Batches { entries, accepted, rows, .. } = batches;
        let filled = entries.into_iter().filter(|e| !(e.readings.is_empty() && e.quarantined.is_empty()));
        let position = self.log.append(filled.map(LogEntry::Readings).collect()).await?;
        metrics::counter!("linli_intake_readings_total").increment(u64::from(accepted));
        metrics::counter!("linli_intake_messages_total").increment(1);
        for row in &rows {
            metrics::counter!("linli_intake_quarantined_total", "reason" => row.reason.as_str()).increment(1);
            if row.reason == QuarantineReason::ForbiddenContent {
                tracing::warn!(
                    code = row.diagnostic.code,
                    row = row.row,
                    "forbidden content refused; its text is not kept"
                );
            }
        }
        Ok(Receipt { accepted, quarantined: rows.len() as u32, position, rows })
    }
}

fn too_many_rows(rows_max: usize) -> IntakeError {
    IntakeError::TooLarge(Diagnostic::new(
        "too_many_rows",
        "",
        format!("一条消息最多 {rows_max} 行,请分批发送。"),
        format!("A message has at most {rows_max} rows; send it in smaller batches."),
    ))
}

fn no_rows() -> Quarantined {
    Quarantined {
        row: 1,
        raw: String::new(),
        reason: QuarantineReason::Malformed,
        diagnostic: Diagnostic::new(
            "no_rows",
            "rows[1]",
            "消息中没有读数。应为读数对象、每行一个对象,或对象数组。",
            "There is no reading in the message. Expected an object, one object per line, or an array of objects.",
        ),
    }
}

/// The entries a message becomes: one for its source, more only where rows name other sources or are very many.
struct Batches {
    entries: Vec<ReadingBatch>,
    /// Bytes of text in the newest entry of each index of `entries`.
    text_bytes: Vec<usize>,
    accepted: u32,
    rows: Vec<RowResult>,
}

impl Batches {
    fn of(source: SourceId, received_at: Instant, body_bytes: usize) -> Self {
        // A row has about 120 bytes; a guess that saves the growing of the vector.
        let readings = Vec::with_capacity((body_bytes / 120).min(ENTRY_TEXT_BYTES_MAX / 120));
        let first = ReadingBatch { source, received_at, readings, quarantined: Vec::new() };
        Batches { entries: vec![first], text_bytes: vec![0], accepted: 0, rows: Vec::new() }
    }

    fn push(&mut self, judged: Result<(Option<SourceId>, Reading), Quarantined>, bytes: usize) {
        match judged {
            Ok((source, reading)) => {
                self.accepted += 1;
                self.entry(source, bytes).readings.push(reading);
            }
            Err(quarantined) => {
                let (row, reason) = (quarantined.row, quarantined.reason);
                self.rows.push(RowResult { row, reason, diagnostic: quarantined.diagnostic.clone() });
                self.entry(None, bytes).quarantined.push(quarantined);
            }
        }
    }

    /// The newest entry of a source (None: the message's own), or another one when it is full.
    fn entry(&mut self, source: Option<SourceId>, bytes: usize) -> &mut ReadingBatch {
        let source = source.unwrap_or_else(|| self.entries[0].source.clone());
        let found = self.entries.iter().rposition(|e| e.source == source);
        let at = match found {
            Some(at) if self.text_bytes[at] == 0 || self.text_bytes[at] + bytes <= ENTRY_TEXT_BYTES_MAX => at,
            _ => {
                let received_at = self.entries[0].received_at;
                self.entries.push(ReadingBatch {
                    source,
                    received_at,
                    readings: Vec::new(),
                    quarantined: Vec::new(),
                });
                self.text_bytes.push(0);
                self.entries.len() - 1
            }
        };
        self.text_bytes[at] += bytes;
        &mut self.entries[at]
    }
}

#[cfg(test)]
mod tests;
