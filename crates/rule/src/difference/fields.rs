//! What the fields of signals are called in both languages, in the order in which they are told (DF4).

use linli_model::Text;

/// How a field's text is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A condition or an expression.
    Condition,
    /// A number, a time or a parameter's name.
    Amount,
    /// Measures by their codes.
    Measures,
    /// A word of the language, a signal's name or a list of them.
    Word,
}

pub(super) struct Field {
    pub name: &'static str,
    pub kind: Kind,
    zh: &'static str,
    en: &'static str,
}

impl Field {
    pub(super) fn label(&self) -> Text {
        Text::new(self.zh, self.en)
    }
}

const fn field(name: &'static str, kind: Kind, zh: &'static str, en: &'static str) -> Field {
    Field { name, kind, zh, en }
}

pub(super) const FIELDS: &[Field] = &[
    field("operator", Kind::Word, "算子", "operator"),
    field("of", Kind::Measures, "所看的量", "what it hears"),
    field("when", Kind::Condition, "哪些读数算数", "which readings count"),
    field("mode", Kind::Word, "如何合并", "how signals are joined"),
    field("k", Kind::Amount, "至少几个", "at least so many"),
    field("inputs", Kind::Word, "输入信号", "signals it reads"),
    field("aggregate", Kind::Word, "如何汇总", "how it is summed up"),
    field("value", Kind::Condition, "取什么数", "what is taken of a reading"),
    field("raise", Kind::Condition, "成立条件", "raised when"),
    field("clear", Kind::Condition, "解除条件", "cleared when"),
    field("first", Kind::Condition, "先发生的", "what comes first"),
    field("then", Kind::Condition, "随后发生的", "what comes then"),
    field("holds_when", Kind::Word, "何时成立", "holds when it"),
    field("span", Kind::Amount, "时长", "span"),
    field("hold", Kind::Amount, "须持续", "has to last"),
    field("clear_hold", Kind::Amount, "解除须持续", "clearing has to last"),
    field("lasts", Kind::Amount, "成立多久", "holds for"),
    field("leaves", Kind::Condition, "表示离家的读数", "what shows somebody leaving"),
    field("settle", Kind::Amount, "离家后多久内不算回来", "no return so soon after leaving"),
    field("coverage", Kind::Word, "须有哪些设备在线", "devices that must be alive"),
    field("unwatched", Kind::Word, "没有设备可看的成员", "members whom no device shows"),
    field("kind", Kind::Word, "窗口方式", "kind of window"),
    field("reevaluate", Kind::Word, "何时重算", "when it is reckoned again"),
    field("days", Kind::Amount, "天数或日子", "days"),
    field("gap", Kind::Amount, "可间断天数", "days that may be missed"),
    field("cut_hour", Kind::Amount, "一天从几点算起", "hour at which a day begins"),
    field("day", Kind::Word, "哪一天的数", "which day's number"),
    field("utc", Kind::Word, "按世界时分日", "days by UTC"),
    field("ends", Kind::Word, "何时结束", "when it ends"),
    field("enters", Kind::Measures, "进入的量", "measure of entering"),
    field("leaves_measure", Kind::Measures, "离开的量", "measure of leaving"),
    field("delta", Kind::Measures, "增减的量", "measure of change"),
    field("count", Kind::Measures, "总数的量", "measure of the whole"),
    field("capacity", Kind::Amount, "容量", "capacity"),
    field("full", Kind::Amount, "满", "full at"),
    field("start", Kind::Amount, "起始数", "starts from"),
    field("floor", Kind::Word, "不低于零", "never below none"),
    field("judge_start", Kind::Word, "起始即判断", "judged from the start"),
    field("by", Kind::Word, "哪些钟点相似", "which hours are alike"),
    field("gives", Kind::Word, "给出", "what it gives"),
    field("samples", Kind::Amount, "记住多少样本", "samples remembered"),
    field("least", Kind::Amount, "至少要有", "at least so many needed"),
    field("abnormal", Kind::Amount, "多少倍离散算异常", "spreads that are abnormal"),
    field("spread_min", Kind::Amount, "离散的下限", "least spread"),
    field("relearn", Kind::Amount, "连续多少次异常后重学", "abnormal hours until it learns anew"),
    field("from", Kind::Word, "与什么比,或从何时", "compared with, or from when"),
    field("to", Kind::Amount, "到何时", "until when"),
    field("up", Kind::Amount, "向上几级的邻居", "neighbours so many levels up"),
    field("fresh", Kind::Amount, "多久内的读数算数", "how recent a reading must be"),
    field("parts", Kind::Word, "计分项", "parts of the score"),
    field("weight", Kind::Amount, "分值", "weight"),
    field("once", Kind::Amount, "多久内只计一次", "counted once in"),
    field("half_life", Kind::Amount, "半衰期", "half-life"),
    field("parts_min", Kind::Amount, "至少几项", "at least so many parts"),
];

/// `leaves` of an occupancy is a measure; of an absence it is a condition.
pub(super) fn find(operator: &str, name: &str) -> Option<&'static Field> {
    let name = if operator == "occupancy" && name == "leaves" { "leaves_measure" } else { name };
    FIELDS.iter().find(|f| f.name == name)
}

pub(super) fn rank(operator: &str, name: &str) -> usize {
    let found = find(operator, name).map(|f| f.name);
    FIELDS.iter().position(|f| Some(f.name) == found).unwrap_or(FIELDS.len())
}
