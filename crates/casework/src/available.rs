//! What may be done next, by whom, and why not: read from the table of moves (CW6), shown as buttons.

use crate::{
    case::{CallResult, Case, Satisfied},
    command::{ActorKind, CommandKind, Context},
    decide::{
        bounce::bounced_enough,
        evidence::{asks_for_word, wanted},
        permitted,
    },
    moves,
    owner::tier::ClimbReason,
    stage::{DoneOutcome, StageCode, WaitReason},
    task::{TASK_DAYS_MAX, Task, TaskState},
};
use linli_model::Text;
use serde::Serialize;

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AvailableAction {
    pub command: CommandKind,
    pub label: Text,
    pub enabled: bool,
    /// Why not, where it is not enabled.
    pub reason: Option<Text>,
    /// What the class wants before this may be said, or what it will lead to, in words.
    pub hint: Option<Text>,
    pub fields: Vec<Field>,
}

/// One field of the action's form.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Field {
    pub name: &'static str,
    pub kind: FieldKind,
    pub label: Text,
    pub required: bool,
    /// For a choice: code and label.
    pub choices: Vec<(String, Text)>,
    /// Asked only where that other field has this value.
    pub only_with: Option<(&'static str, &'static str)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldKind {
    Text,
    Choice,
    Flag,
    /// A whole number from 1; `choices` is empty, the label says how much at most.
    Number,
    Instant,
    Photos,
    Area,
    Post,
    Case,
    /// One of the case's reporters; who they are is the edge's to say.
    Reporter,
}

/// Every move of the case's stage: those this actor may make enabled, the others with the reason.
/// Moves of the clock and of the other side (reporter, staff) are left out.
pub fn available(case: &Case, who: &ActorKind, ctx: &Context<'_>) -> Vec<AvailableAction> {
    let staff = matches!(who, ActorKind::User { .. });
    // Of the assessment only what can be done is offered: it is nobody's daily work.
    let assessment = moves::ASSESSMENT_ANYWHERE.iter().map(|(command, _)| *command);
    let assessment = assessment.filter(|c| permitted(case, *c, who, ctx).is_ok());
    moves::MOVES
        .iter()
        .filter(|m| m.from == case.stage.code())
        .filter(|m| speaks_of_something(case, m.command))
        .filter(|m| match m.by {
            moves::By::Helper => who.user().is_some_and(|u| case.is_helper(u)),
            moves::By::System => false,
            moves::By::Reporter => !staff,
            _ => staff,
        })
        // Where everybody has a page or was heard, nobody is told that nobody is left to be called.
        .filter(|m| m.command != CommandKind::CallBack || !case.to_call().is_empty())
        .map(|m| m.command)
        .chain(assessment)
        .map(|command| {
            let refused = permitted(case, command, who, ctx).err();
            AvailableAction {
                command,
                label: moves::label(command),
                enabled: refused.is_none(),
                reason: refused.map(|r| r.message),
                hint: hint(case, command, ctx),
                fields: fields(case, command, who, ctx),
            }
        })
        .collect()
}

fn hint(case: &Case, command: CommandKind, ctx: &Context<'_>) -> Option<Text> {
    match command {
        CommandKind::ProposeDone => Some(wanted(case, ctx.classes.of(case))),
        CommandKind::PassDown | CommandKind::Reassign if bounced_enough(case, ctx) => {
            let n = case.bounces;
            Some(Text::new(
                format!("案件已往返 {n} 次:再退回下级或平级改派,将自动上报,由上一级决定"),
                format!(
                    "The case went to and fro {n} times: given back down or aside once more, it goes up, and the level above decides"
                ),
            ))
        }
        _ => None,
    }
}

/// Moves about a request or a task that is not there are not shown as refused: there is nothing to explain.
fn speaks_of_something(case: &Case, command: CommandKind) -> bool {
    match command {
        CommandKind::GrantExtension | CommandKind::RefuseExtension => case.extension.is_some(),
        CommandKind::DropTask => case.open_tasks().next().is_some(),
        _ => true,
    }
}

/// Open tasks to choose from, by number.
fn tasks<'a>(open: impl Iterator<Item = &'a Task>) -> Field {
    let named = |t: &Task| {
        let text: String = t.text.chars().take(30).collect();
        (t.n.to_string(), Text::new(format!("任务 {}:{text}", t.n), format!("Task {}: {text}", t.n)))
    };
    choice("task", "协办任务", "Task", open.map(named).collect())
}

fn field(name: &'static str, kind: FieldKind, zh: &str, en: &str, required: bool) -> Field {
    Field { name, kind, label: Text::new(zh, en), required, choices: Vec::new(), only_with: None }
}

fn choice(name: &'static str, zh: &str, en: &str, choices: Vec<(String, Text)>) -> Field {
    Field {
        name,
        kind: FieldKind::Choice,
        label: Text::new(zh, en),
        required: true,
        choices,
        only_with: None,
    }
}

/// Asked only where `other` has this value.
fn with(mut field: Field, other: &'static str, value: &'static str) -> Field {
    field.only_with = Some((other, value));
    field
}

/// Yes or no, or nothing.
fn asked(name: &'static str, zh: &str, en: &str) -> Field {
    field(name, FieldKind::Flag, zh, en, false)
}

fn satisfaction(required: bool) -> Field {
    let choices = Satisfied::ALL.map(|s| (s.code().into(), satisfied_label(s))).to_vec();
    Field { required, ..choice("satisfied", "满意度", "Satisfaction", choices) }
}

/// Who is still to be called; the one who is left is the one who is meant.
fn to_call(case: &Case) -> Field {
    let left = case.to_call();
    let choices = left
        .iter()
        .zip(1..)
        .map(|(r, n): (_, u32)| (r.to_string(), Text::new(format!("反映人 {n}"), format!("Reporter {n}"))));
    Field { kind: FieldKind::Reporter, ..choice("reporter", "反映人", "Reporter", choices.collect()) }
}

fn call_back(case: &Case) -> Vec<Field> {
    let reached = CallResult::Reached.code();
    let results = CallResult::ALL.map(|r| (r.code().into(), r.label())).to_vec();
    let asked_then = |f: Field| with(f, "result", reached);
    vec![
        to_call(case),
        choice("result", "联系结果", "Result of the call", results),
        asked_then(asked("solved", "问题解决了吗", "Is it solved?")),
        asked_then(satisfaction(false)),
        asked_then(asked("treated_well", "态度好吗", "Were you treated well?")),
        field("words", FieldKind::Text, "反映人的话或备注", "Their words, or a note", false),
    ]
}

fn propose_done(case: &Case, ctx: &Context<'_>) -> Vec<Field> {
    let class = ctx.classes.of(case);
    let outcomes = DoneOutcome::ALL.map(|o| (o.code().into(), o.label())).to_vec();
    let mut fields = vec![choice("outcome", "处置结果", "Outcome", outcomes)];
    let passed_to = field("passed_to", FieldKind::Text, "转交给谁", "Passed on to", true);
    fields.push(with(passed_to, "outcome", DoneOutcome::NotOurs.code()));
    if asks_for_word(case, class) {
        let word = asked("reporter_agrees", "反映人认可已解决", "The reporter agrees that it is solved");
        fields.push(with(word, "outcome", DoneOutcome::Solved.code()));
    }
    fields.push(field("text", FieldKind::Text, "处置情况", "What was done", class.visit_note));
    let photos = |required| field("photos", FieldKind::Photos, "照片", "Photos", required);
    if class.after_photo && !case.has_after_photo() {
        // Asked for where it proves something, and not for an explanation (EV3).
        fields.push(with(photos(true), "outcome", DoneOutcome::Solved.code()));
        for outcome in [DoneOutcome::PartlySolved, DoneOutcome::NotFound] {
            fields.push(with(photos(false), "outcome", outcome.code()));
        }
    } else {
        fields.push(photos(false));
    }
    fields
}

fn fields(case: &Case, command: CommandKind, who: &ActorKind, ctx: &Context<'_>) -> Vec<Field> {
    use CommandKind as C;
    use FieldKind as F;
    let text = |zh: &str, en: &str, required| field("text", F::Text, zh, en, required);
    let reason = || field("reason", F::Text, "原因", "Reason", true);
    let photos = |required| field("photos", F::Photos, "照片", "Photos", required);
    match command {
        C::Note => vec![
            text("说明", "Note", true),
            choice(
                "audience",
                "谁能看到",
                "Who can read it",
                vec![
                    ("internal".into(), Text::new("内部", "Internal")),
                    ("reporter".into(), Text::new("反映人可见", "The reporter too")),
                ],
            ),
            photos(false),
        ],
        C::Wait => vec![
            choice(
                "reason",
                "等什么",
                "Waiting for",
                WaitReason::ALL.map(|r| (r.code().into(), r.label())).to_vec(),
            ),
            field("until", F::Instant, "恢复时间", "Until", true),
            text("说明", "Explanation", true),
        ],
        C::ProposeDone => propose_done(case, ctx),
        C::CallBack => call_back(case),
        C::Verify => vec![
            field("ok", F::Flag, "属实,已解决", "Confirmed: it is solved", true),
            text("核查情况(不通过时必填)", "Findings (needed when not confirmed)", false),
            photos(false),
        ],
        C::Answer => vec![text("给反映人的答复", "Answer to the reporter", true)],
        C::Rate => vec![
            satisfaction(true),
            asked("solved", "问题解决了吗", "Is it solved?"),
            asked("treated_well", "态度好吗", "Were you treated well?"),
            field("words", F::Text, "想说的话", "In your words", false),
        ],
        C::Dispute => vec![reason(), field("words", F::Text, "想说的话", "In your words", false)],
        C::ReviewReturn | C::ReviewUphold | C::ComeBack => vec![text("说明", "Explanation", true)],
        C::PassUp if case.stage.code() != StageCode::Disputed => vec![
            choice(
                "code",
                "上报原因",
                "Why",
                ClimbReason::BY_HAND.map(|r| (r.code().into(), r.label())).to_vec(),
            ),
            reason(),
        ],
        C::PassUp | C::Reject | C::Withdraw | C::RefuseExtension | C::Unmerge => vec![reason()],
        C::AskExtension => vec![more_time(case, ctx), reason()],
        C::GrantExtension => vec![text("说明", "Words", false)],
        C::AcceptTask | C::DoTask | C::RefuseTask => of_helper(case, command, who),
        C::DropTask => vec![tasks(case.open_tasks()), reason()],
        C::Invite => vec![
            field("to_post", F::Post, "协办岗位(岗位与区域任选其一)", "To a post (or to an area)", false),
            field(
                "to_area",
                F::Area,
                "协办区域(由该区域值班岗位承办)",
                "To an area (whoever is on duty there)",
                false,
            ),
            field("task", F::Text, "请其做什么", "What is asked", true),
            field(
                "days",
                F::Number,
                &format!("几个工作日内完成(1–{TASK_DAYS_MAX},不超过案件处置时限)"),
                &format!("Within how many working days (1–{TASK_DAYS_MAX}, no later than the case itself)"),
                true,
            ),
        ],
        C::PassDown => vec![field("to", F::Area, "下派到", "To area", true), reason()],
        C::PassOut => vec![
            field("to", F::Text, "转出到", "To whom", true),
            field("until", F::Instant, "应答复时间", "Answer expected by", true),
            reason(),
        ],
        C::Reassign => vec![field("to", F::Post, "改派给", "To post", true), reason()],
        C::AskExclusion => vec![reason()],
        C::GrantExclusion => vec![text("说明", "Explanation", false)],
        C::RefuseExclusion => vec![text("说明", "Explanation", true)],
        C::Merge => vec![field("into", F::Case, "合并到", "Into case", true), reason()],
        _ => Vec::new(),
    }
}

/// How much more, in the unit of the limit, with how much at most.
fn more_time(case: &Case, ctx: &Context<'_>) -> Field {
    let class = ctx.classes.limits_of(case);
    let (zh, en) = class.complete.unit.label();
    let most = class.extension_most();
    field(
        "amount",
        FieldKind::Number,
        &format!("延长多少{zh}(最多 {most})"),
        &format!("How many {en} more (at most {most})"),
        true,
    )
}

fn of_helper(case: &Case, command: CommandKind, who: &ActorKind) -> Vec<Field> {
    let mine = case.open_tasks().filter(|t| who.user() == Some(t.holder.user));
    match command {
        CommandKind::AcceptTask => vec![tasks(mine.filter(|t| t.state == TaskState::Asked))],
        CommandKind::DoTask => vec![
            tasks(mine),
            field("text", FieldKind::Text, "完成情况", "What was done", true),
            field("photos", FieldKind::Photos, "照片", "Photos", false),
        ],
        _ => vec![tasks(mine), field("reason", FieldKind::Text, "原因", "Reason", true)],
    }
}

pub fn satisfied_label(s: Satisfied) -> Text {
    match s {
        Satisfied::Satisfied => Text::new("满意", "Satisfied"),
        Satisfied::MostlySatisfied => Text::new("基本满意", "Mostly satisfied"),
        Satisfied::SoSo => Text::new("一般", "So-so"),
        Satisfied::Dissatisfied => Text::new("不满意", "Dissatisfied"),
    }
}
