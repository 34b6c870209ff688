//! Joint handling: the owner asks co-handlers; each accepts, does or refuses a task of their own (TA1–TA3).

use super::{Draft, fit_photos, needs_text, tiers::works_on_cases};
use crate::{
    case::{Case, Owner, Photo},
    class::{Limit, LimitUnit},
    command::{ActorKind, Command},
    fact::Fact,
    owner::roster::{Explanation, owner_from_post},
    promise::PromiseKind,
    task::{OPEN_TASKS_MAX, TASK_DAYS_MAX, Task, TaskNo, TaskState},
};
use linli_model::{AreaId, PostId, Refusal, Text};

/// TA1.
pub(super) fn none_open(case: &Case) -> Result<(), Refusal> {
    match case.open_tasks().count() {
        0 => Ok(()),
        n => Err(Refusal::new(
            "task_open",
            format!("还有 {n} 项协办任务未完成;请等待完成,或写明原因取消"),
            format!("{n} tasks of co-handlers are open; wait for them, or drop them with a reason"),
        )),
    }
}

pub(super) fn any_open(case: &Case) -> Result<(), Refusal> {
    match case.open_tasks().next() {
        Some(_) => Ok(()),
        None => Err(Refusal::new("no_task_open", "没有进行中的协办任务", "no task is open")),
    }
}

pub(super) fn may_invite(case: &Case) -> Result<(), Refusal> {
    if case.open_tasks().count() >= OPEN_TASKS_MAX {
        return Err(Refusal::new(
            "too_many_tasks",
            format!("同时最多 {OPEN_TASKS_MAX} 项协办任务"),
            format!("at most {OPEN_TASKS_MAX} tasks are open at a time"),
        ));
    }
    Ok(())
}

pub(super) fn may_accept(case: &Case, who: &ActorKind) -> Result<(), Refusal> {
    let asked = |t: &Task| t.state == TaskState::Asked && Some(t.holder.user) == who.user();
    match case.tasks.iter().any(asked) {
        true => Ok(()),
        false => Err(Refusal::new("task_accepted_already", "协办任务已接受", "the task is accepted already")),
    }
}

impl Draft<'_> {
    pub(super) fn joint(&mut self, command: &Command) -> Result<(), Refusal> {
        match command {
            Command::Invite { to_post, to_area, task, days } => {
                let (holder, explanation) = self.helper(*to_post, to_area.as_ref())?;
                self.invite(holder, explanation, task, *days)
            }
            Command::AcceptTask { task } => {
                if self.mine(*task)?.state != TaskState::Asked {
                    return Err(Refusal::new(
                        "task_accepted_already",
                        "协办任务已接受",
                        "the task is accepted already",
                    ));
                }
                self.write(Fact::TaskAccepted { task: *task });
                Ok(())
            }
            Command::DoTask { task, text, photos } => self.do_task(*task, text, photos),
            Command::RefuseTask { task, reason } => {
                let reason = needs_text("reason", reason)?;
                self.mine(*task)?;
                self.write(Fact::TaskRefused { task: *task, reason });
                self.release(PromiseKind::Task(*task));
                Ok(())
            }
            Command::DropTask { task, reason } => {
                let reason = needs_text("reason", reason)?;
                let task = self.open_task(*task)?.n;
                self.write(Fact::TaskDropped { task, reason });
                self.release(PromiseKind::Task(task));
                Ok(())
            }
            _ => unreachable!("decided elsewhere"),
        }
    }

    /// Who is asked: the post, or whom the area's routing gives.
    fn helper(&self, post: Option<PostId>, area: Option<&AreaId>) -> Result<(Owner, Explanation), Refusal> {
        let ctx = self.ctx;
        let wrong = |zh: &str, en: &str| Err(Refusal::new("helper_not_possible", zh, en));
        let (holder, explanation) = match (post, area) {
            (Some(post), None) => {
                let Some(candidate) = ctx.roster.find_post(post).filter(|c| c.post.holds_at(ctx.now)) else {
                    return wrong("没有这个岗位或已离岗", "there is no such post, or it has ended");
                };
                works_on_cases(candidate)?;
                let sentence = Text::new("由主责人指定", "Named by the owner");
                let area = candidate.post.area.to_string();
                (
                    owner_from_post(candidate),
                    Explanation { sentence, area, candidates: 1, ..Explanation::default() },
                )
            }
            (None, Some(area)) => {
                let Some(area) = ctx.areas.today(area) else {
                    return wrong("没有这个区域", "there is no such area");
                };
                let class = ctx.classes.of(&self.case);
                let excluded = [self.case.owner.user];
                ctx.roster.route_within(class, &area.id, &self.case.area, ctx.areas, &excluded, ctx.now)?
            }
            _ => return wrong("请选择一个岗位或一个区域", "choose either a post or an area"),
        };
        if holder.user == self.case.owner.user {
            return wrong("主责人不能协办自己的案件", "the owner cannot be a co-handler of their own case");
        }
        Ok((holder, explanation))
    }

    fn invite(
        &mut self,
        holder: Owner,
        explanation: Explanation,
        text: &str,
        days: u32,
    ) -> Result<(), Refusal> {
        let text = needs_text("task", text)?;
        if !(1..=TASK_DAYS_MAX).contains(&days) {
            return Err(Refusal::new(
                "days_out_of_range",
                format!("协办时限应为 1 到 {TASK_DAYS_MAX} 个工作日"),
                format!("a task is given 1 to {TASK_DAYS_MAX} working days"),
            ));
        }
        let task = self.case.tasks.iter().map(|t| t.n).max().unwrap_or(0) + 1;
        self.write(Fact::TaskAsked { task, holder, explanation, text });
        // TA3: not beyond the time of handling, as long as that runs.
        let handling = self.open_promise(PromiseKind::Complete);
        let latest =
            handling.filter(|p| p.paused_since.is_none() && p.due_at > self.ctx.now).map(|p| p.due_at);
        let limit = Limit { amount: days, unit: LimitUnit::WorkingDays };
        self.promise_before(PromiseKind::Task(task), limit, latest);
        Ok(())
    }

    fn do_task(&mut self, task: TaskNo, text: &str, photos: &[Photo]) -> Result<(), Refusal> {
        let text = needs_text("text", text)?;
        fit_photos(photos)?;
        self.mine(task)?;
        self.write(Fact::TaskDone { task, text, photos: photos.to_vec() });
        self.fulfil(PromiseKind::Task(task));
        Ok(())
    }

    fn open_task(&self, n: TaskNo) -> Result<&Task, Refusal> {
        let open = self.case.task(n).filter(|t| t.is_open());
        open.ok_or_else(|| {
            Refusal::new("task_not_open", "没有这项进行中的协办任务", "there is no such open task")
        })
    }

    /// An open task of who asks.
    fn mine(&self, n: TaskNo) -> Result<&Task, Refusal> {
        let task = self.open_task(n)?;
        match self.who.user() == Some(task.holder.user) {
            true => Ok(task),
            false => {
                Err(Refusal::new("task_of_another", "这是他人的协办任务", "that task is somebody else's"))
            }
        }
    }

    /// The case ended: nothing is asked of co-handlers any more.
    pub(super) fn drop_open_tasks(&mut self) {
        let open: Vec<TaskNo> = self.case.open_tasks().map(|t| t.n).collect();
        for task in open {
            self.write(Fact::TaskDropped { task, reason: String::new() });
        }
    }
}
