//! The words of a condition's parts, in both languages.

use super::Join;
use crate::{
    expr::{Compare, Field},
    plan::Unit,
    print::short,
};
use linli_model::Text;

pub(super) fn joined(join: Join, truth: Option<bool>) -> Text {
    let (zh, en) = match (join, truth) {
        (Join::All, Some(true)) => ("各项都成立", "all of it holds"),
        (Join::All, Some(false)) => ("并非各项都成立", "not all of it holds"),
        (Join::Any, Some(true)) => ("至少一项成立", "some of it holds"),
        (Join::Any, Some(false)) => ("没有一项成立", "none of it holds"),
        (Join::Not, Some(true)) => ("下面这项不成立,因此成立", "holds, because this does not"),
        (Join::Not, Some(false)) => ("下面这项成立,因此不成立", "does not hold, because this does"),
        (_, Some(true)) => ("成立", "holds"),
        (_, Some(false)) => ("不成立", "does not hold"),
        (_, None) => ("无法判断", "cannot be told"),
    };
    Text::new(zh, en)
}

/// As it is, not as it is written: a false `<` is "not below".
pub(super) fn compared(op: Compare, truth: Option<bool>) -> (&'static str, &'static str) {
    let (yes, no) = match op {
        Compare::Less => (("低于", "is below"), ("不低于", "is not below")),
        Compare::LessOrEqual => (("不高于", "is at most"), ("高于", "is above")),
        Compare::Greater => (("高于", "is above"), ("不高于", "is not above")),
        Compare::GreaterOrEqual => (("不低于", "is at least"), ("低于", "is below")),
        Compare::Equal => (("等于", "is"), ("不等于", "is not")),
        Compare::NotEqual => (("不等于", "is not"), ("等于", "is")),
    };
    either(truth, yes, no)
}

pub(super) type Said = (&'static str, &'static str);
pub(super) fn either(truth: Option<bool>, yes: Said, no: Said) -> Said {
    if truth == Some(false) { no } else { yes }
}

pub(super) fn say(value: Option<f64>, unit: &Text) -> Text {
    let Some(n) = value else { return Text::new("未知", "unknown") };
    // What a person reads; what decided was reckoned with all digits.
    let n = (n * 1e4).round() / 1e4;
    let with = |unit: &str| match unit {
        "" => short(n),
        "%" => format!("{}%", short(n)),
        unit => format!("{} {unit}", short(n)),
    };
    Text::new(with(&unit.zh), with(&unit.en))
}

pub(crate) fn unit_of(unit: &Unit) -> Text {
    match unit {
        Unit::Second => Text::new("秒", "s"),
        Unit::Minute => Text::new("分钟", "min"),
        Unit::Hour => Text::new("小时", "h"),
        Unit::Day => Text::new("天", "days"),
        Unit::Other(unit) => Text::new(unit.clone(), unit.clone()),
    }
}

pub(super) fn field(f: Field) -> Text {
    match f {
        Field::DeviceId => Text::new("设备编号", "the device's id"),
        Field::DeviceClass => Text::new("设备类别", "the device's class"),
        Field::DeviceArea => Text::new("设备所在区域", "the device's area"),
        Field::DeviceCapacity => Text::new("登记容量", "the registered capacity"),
        Field::SubjectKind => Text::new("对象类别", "the kind of subject"),
        Field::SubjectId => Text::new("对象编号", "the subject's id"),
        Field::Hour => Text::new("钟点", "the hour"),
        Field::Weekday => Text::new("星期", "the weekday"),
    }
}
