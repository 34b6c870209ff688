//! Codes and what they are called, for things that have no catalogue of their own.

use crate::who::lang;
use linli_api::Coded;
use linli_model::{AreaLevel, DeviceClass, OwnStage, Role, Severity, Text};
use linli_sheet::kind::{area::LEVELS, device::CLASSES};
use linli_store::{DeviceRecord, DeviceWatch};

pub fn say(text: &Text) -> String {
    text.get(lang()).to_owned()
}

/// `population_assistant` → `Population assistant`: English labels of codes that are plain words.
fn plain(code: &str) -> String {
    let mut words = code.replace('_', " ");
    if let Some(first) = words.get_mut(0..1) {
        first.make_ascii_uppercase();
    }
    words
}

fn of_table<T: Copy + PartialEq>(table: &[(&str, &str, T)], wanted: T) -> Text {
    let row = table.iter().find(|(_, _, v)| *v == wanted);
    row.map_or_else(Text::default, |(code, zh, _)| Text::new(*zh, plain(code)))
}

pub fn role(role: Role) -> Coded {
    Coded::new(role.as_str(), say(&role_text(role)))
}
pub fn role_text(role: Role) -> Text {
    Text::new(role.label().zh, plain(role.as_str()))
}
pub fn level(level: AreaLevel) -> Coded {
    let code = LEVELS.iter().find(|(_, _, l)| *l == level).map_or("", |(c, _, _)| c);
    Coded::new(code, say(&of_table(LEVELS, level)))
}
pub fn device_class(class: DeviceClass) -> Coded {
    let code = CLASSES.iter().find(|(_, _, c)| *c == class).map_or("other", |(c, _, _)| c);
    Coded::new(code, say(&of_table(CLASSES, class)))
}
pub fn device_classes() -> Vec<Coded> {
    CLASSES.iter().map(|(_, _, class)| device_class(*class)).collect()
}
pub fn find_device_class(code: &str) -> Option<DeviceClass> {
    CLASSES.iter().find(|(c, _, _)| *c == code).map(|(_, _, class)| *class)
}
pub fn severity(severity: Severity) -> Coded {
    let (code, zh, en) = match severity {
        Severity::Info => ("info", "提示", "Info"),
        Severity::Attention => ("attention", "一般", "Attention"),
        Severity::Urgent => ("urgent", "紧急", "Urgent"),
        Severity::Alarm => ("alarm", "警报", "Alarm"),
    };
    Coded::new(code, say(&Text::new(zh, en)))
}
pub fn own_stage(stage: OwnStage) -> Coded {
    let (zh, en) = match stage {
        OwnStage::Draft => ("草稿", "Draft"),
        OwnStage::Shadow => ("影子", "Shadow"),
        OwnStage::On => ("启用", "On"),
        OwnStage::Off => ("停用", "Off"),
    };
    Coded::new(stage.as_str(), say(&Text::new(zh, en)))
}
pub const WATCHES: [(DeviceWatch, &str, &str, &str); 5] = [
    (DeviceWatch::Online, "online", "在线", "Online"),
    (DeviceWatch::Silent, "silent", "失联", "Silent"),
    (DeviceWatch::Unwatched, "unwatched", "不监测", "Not watched"),
    (DeviceWatch::Maintenance, "maintenance", "维护中", "Maintenance"),
    (DeviceWatch::Retired, "retired", "已停用", "Retired"),
];
pub fn watch(watch: DeviceWatch) -> Coded {
    let row = WATCHES.iter().find(|w| w.0 == watch).expect("every state is in the table");
    Coded::new(row.1, say(&Text::new(row.2, row.3)))
}

/// Who says which silence is too long for a device; None where nobody does.
pub fn silence_from(record: &DeviceRecord) -> Option<Coded> {
    let (code, zh, en) = match (record.device.silence_secs_max, record.learned.silence_secs) {
        (Some(_), _) => ("registered", "登记", "Registered"),
        (None, Some(_)) => ("learned", "按平时规律", "Learned from its rhythm"),
        (None, None) => return None,
    };
    Some(Coded::new(code, say(&Text::new(zh, en))))
}

/// What a timeline line is called.
pub fn fact(code: &str) -> String {
    let (zh, en) = match code {
        "opened" => ("立案", "Opened"),
        "owner_set" => ("派给", "Assigned"),
        "promise_made" => ("作出承诺", "Promise made"),
        "promise_paused" => ("计时暂停", "Clock stopped"),
        "promise_resumed" => ("计时恢复", "Clock goes on"),
        "promise_recounted" => ("按公布的节假日重算", "Counted by the published holidays"),
        "promise_warned" => ("时限提醒", "Warned"),
        "promise_kept" => ("按时", "Promise kept"),
        "promise_broken" => ("超时", "Promise broken"),
        "promise_voided" => ("承诺终止", "Promise void"),
        "accepted" => ("受理", "Accepted"),
        "started" => ("开始处置", "Started"),
        "noted" => ("说明", "Note"),
        "wait_began" => ("挂起", "On hold"),
        "wait_ended" => ("恢复处置", "Resumed"),
        "done_proposed" => ("处置完成", "Done"),
        "verified_ok" => ("核查通过", "Verified"),
        "verified_not_ok" => ("核查未通过", "Not confirmed"),
        "answered" => ("答复反映人", "Answered"),
        "rated" => ("评价", "Rated"),
        "confirmed" => ("反映人确认,结案", "Confirmed and closed"),
        "closed_silent" => ("无评价结案", "Closed on silence"),
        "disputed" => ("反映人有异议", "Disputed"),
        "review_began" => ("开始复核", "Review began"),
        "review_returned" => ("退回重办", "Returned to work"),
        "review_upheld" => ("维持原结论", "Upheld"),
        "passed_up" => ("上报", "Passed up"),
        "passed_down" => ("下派", "Passed down"),
        "reassigned" => ("改派", "Reassigned"),
        "passed_out" => ("转出", "Passed out"),
        "came_back" => ("转出退回", "Came back"),
        "merged_into" => ("合并", "Merged"),
        "unmerged" => ("拆分", "Taken apart"),
        "reporter_left" => ("反映人随案件拆出", "A reporter went with their case"),
        "finding_left" => ("发现随案件拆出", "A finding went with its case"),
        "linked" => ("关联案件", "Linked"),
        "concentrated" => ("列入集中诉求", "Concentrated matter"),
        "called_back" => ("回访", "Called back"),
        "closed_unheard" => ("未听到反映人意见,结案", "Closed without having heard the reporter"),
        "withdrawn" => ("撤回", "Withdrawn"),
        "reporter_withdrew" => ("一位反映人撤回", "One reporter withdrew"),
        "rejected" => ("不予受理", "Rejected"),
        "exclusion_asked" => ("申请剔除考核", "Asked to leave out of assessment"),
        "exclusion_granted" => ("同意剔除考核", "Left out of assessment"),
        "exclusion_refused" => ("不予剔除", "Kept in assessment"),
        "finding_joined" => ("又有发现", "Another finding"),
        "answer_undelivered" => ("答复未送达,改为电话回访", "The answer was not delivered; they are called"),
        "signal_ended" => ("信号恢复", "Signal back to normal"),
        "finding_retracted" => ("发现撤销", "Finding retracted"),
        "reporter_joined" => ("又有人反映", "Another reporter"),
        "extension_asked" => ("申请延期", "More time asked for"),
        "extension_granted" => ("同意延期", "More time granted"),
        "extension_refused" => ("不同意延期", "More time refused"),
        "extension_lapsed" => ("延期申请失效", "Request for more time lapsed"),
        "task_asked" => ("邀请协办", "Help asked for"),
        "task_accepted" => ("接受协办", "Task accepted"),
        "task_done" => ("协办完成", "Task done"),
        "task_refused" => ("拒绝协办", "Task refused"),
        "task_dropped" => ("取消协办", "Task dropped"),
        "climb_failed" => ("应上报,上级无人在岗", "Should go up; nobody is above"),
        "imported" => ("导入", "Imported"),
        other => return plain(other),
    };
    say(&Text::new(zh, en))
}

/// An operator by what it does.
pub fn operator(code: &str) -> Coded {
    let (zh, en) = match code {
        "when" => ("发生", "When it happens"),
        "level" => ("条件保持", "While a condition holds"),
        "absent" => ("没有迹象", "No sign for a time"),
        "daily" => ("按天统计", "By the day"),
        "streak" => ("连续天数", "Days in a row"),
        "window" => ("一段时间内", "Over a stretch of time"),
        "occupancy" => ("在场计数", "How many are inside"),
        "within" => ("先后发生", "One after the other"),
        "baseline" => ("往常水平", "What is usual"),
        "residual" => ("与对照之差", "Difference from what is expected"),
        "score" => ("累计分", "Weighted signs"),
        "roll" => ("区域汇总", "Over the devices of an area"),
        "logic" => ("组合", "Signals together"),
        "schedule" => ("时段", "Hours"),
        other => (other, other),
    };
    Coded::new(code, say(&Text::new(zh, en)))
}

/// The condition of an operator by what it is asked for.
pub fn condition_field(code: &str) -> Coded {
    let (zh, en) = match code {
        "when" => ("哪些读数算数", "Which readings count"),
        "raise" => ("何时成立", "When it begins to hold"),
        "clear" => ("何时结束", "When it ends"),
        "leaves" => ("哪些算出门", "What counts as leaving"),
        "first" => ("先发生的", "What comes first"),
        "then" => ("后发生的", "What comes then"),
        other => {
            let n = other.trim_start_matches("part.");
            return Coded::new(code, say(&Text::new(format!("第 {n} 项"), format!("Part {n}"))));
        }
    };
    Coded::new(code, say(&Text::new(zh, en)))
}
