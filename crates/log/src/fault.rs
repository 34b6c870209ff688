//! The faults every log speaks of in the same words.

use linli_model::{Fault, Position};

/// The reader's checkpoint lies before what is kept.
pub fn trimmed(after: Position, first: Position) -> Fault {
    Fault::lasting(format!("log entries after {after} are asked for, the first kept is {first}")).saying(
        "log_trimmed",
        format!("日志中位置 {after} 之后的记录已被清理,现存最早的是 {first}。请从备份恢复,或从 {first} 重新开始。"),
        format!("The log entries after position {after} were trimmed; the first one kept is {first}. Restore from a backup, or start again at {first}."),
    )
}

/// One entry is larger than the log takes.
pub fn entry_too_large(bytes: usize, bytes_max: usize) -> Fault {
    Fault::lasting(format!("a log entry of {bytes} bytes is over the limit of {bytes_max}")).saying(
        "log_entry_too_large",
        format!("单条日志 {bytes} 字节,超过上限 {bytes_max} 字节,请分批发送。"),
        format!(
            "One log entry has {bytes} bytes, more than the {bytes_max} allowed. Send it in smaller batches."
        ),
    )
}

/// A write did not fit on the disk. Nothing of it was acknowledged; reading goes on.
pub fn disk_full(what: impl std::fmt::Display) -> Fault {
    Fault::passing(format!("no space left on the log's disk: {what}")).saying(
        "disk_full",
        "磁盘空间已满,新数据暂不能写入;已确认的数据不受影响。腾出空间后会自动恢复。",
        "The disk is full, so nothing new can be written. What was acknowledged is safe. Writing goes on by itself once there is space.",
    )
}

/// An earlier write or sync failed: what reached the disk is unknown, so nothing more is promised.
pub fn read_only(why: impl std::fmt::Display) -> Fault {
    Fault::lasting(format!("the log is read-only since a sync failed: {why}")).saying(
        "log_read_only",
        "日志写盘失败,已转为只读。请检查磁盘后重启服务;已确认的数据不受影响。",
        "A write to the log's disk failed and the log is read-only now. Check the disk and restart. What was acknowledged is safe.",
    )
}
