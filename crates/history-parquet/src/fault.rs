//! What the store said, as a fault.

use crate::{
    columns::ReadError,
    part::{Folder, location},
};
use linli_history::PositionRange;
use linli_model::Fault;

pub(crate) fn fault(what: &str, e: object_store::Error) -> Fault {
    let said = Fault::passing(format!("{what}: {e}"));
    let said = if is_no_space(&e) {
        said.saying(
            "disk_full",
            "磁盘空间已满,历史数据暂不能写入;读数仍保存在日志中,腾出空间后会自动补写。",
            "The disk is full, so history cannot be written. The readings are safe in the log and are added once there is space.",
        )
    } else {
        said
    };
    said.because(e)
}

/// The store wraps what the disk said.
fn is_no_space(e: &(dyn std::error::Error + 'static)) -> bool {
    let mut cause = Some(e);
    while let Some(e) = cause {
        let kind = e.downcast_ref::<std::io::Error>().map(std::io::Error::kind);
        if matches!(kind, Some(std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded)) {
            return true;
        }
        cause = e.source();
    }
    false
}

/// A part that lies there and says nothing we understand: who asked is told which day it is of.
pub(crate) fn unreadable(folder: &Folder, range: PositionRange, e: &ReadError) -> Fault {
    let (location, day) = (location(folder, range), folder.day);
    Fault::lasting(format!("history part {location} cannot be read: {e}")).saying(
        "history_unreadable",
        format!(
            "{day} 的历史数据读不出来,文件可能已损坏;已记录。请联系管理员检查磁盘或从备份恢复,然后再试;也可以选不含这一天的日期。"
        ),
        format!(
            "The history of {day} cannot be read; its file may be damaged. This was noted. Ask an administrator to look at the \
             disk or to restore the backup and try again, or choose days without this one."
        ),
    )
}

pub(crate) fn rewritten_too_fast() -> Fault {
    Fault::passing("the history is being rewritten faster than it can be read")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_told_as_such_through_the_store() {
        let full = std::io::Error::from(std::io::ErrorKind::StorageFull);
        let wrapped = object_store::Error::Generic { store: "LocalFileSystem", source: Box::new(full) };
        let told = fault("cannot write a history part", wrapped);
        assert_eq!((told.code(), told.retry), ("disk_full", true));
        let other = object_store::Error::Generic { store: "LocalFileSystem", source: "broken".into() };
        assert_eq!(fault("cannot write a history part", other).code(), "fault_passing");
    }
}
