//! What the resident pages say, in both languages.
//!
//! Invariants
//! - PW1 Every sentence exists in zh and en; a blank stands as `{}` in both, the same number of times.
//! - PW2 Plain words: what happened, what to do next. No exclamation marks, no "please try again".

use linli_model::Lang;

/// A sentence in both languages, perhaps with blanks `{}`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Say {
    zh: &'static str,
    en: &'static str,
}

impl Say {
    pub(super) fn get(self, lang: Lang) -> &'static str {
        match lang {
            Lang::Zh => self.zh,
            Lang::En => self.en,
        }
    }
    /// With its blanks filled in order.
    pub(super) fn fill(self, lang: Lang, values: &[&str]) -> String {
        let mut parts = self.get(lang).split("{}");
        let mut out = parts.next().unwrap_or_default().to_owned();
        for (i, part) in parts.enumerate() {
            out.push_str(values.get(i).copied().unwrap_or_default());
            out.push_str(part);
        }
        out
    }
}

macro_rules! say {
    ($($name:ident = $zh:literal, $en:literal;)*) => {
        $(pub(super) const $name: Say = Say { zh: $zh, en: $en };)*
        #[cfg(test)]
        const ALL: &[(&str, Say)] = &[$((stringify!($name), $name)),*];
    };
}

say! {
    // The frame of every page
    PRODUCT = "邻里", "Linli";
    ELDER_ON = "长辈版", "Large text";
    ELDER_OFF = "标准版", "Standard text";
    OTHER_LANGUAGE = "English", "中文";
    READ_ALOUD = "读给我听", "Read aloud";
    CALL_US = "打电话：{}", "Call {}";
    CALL_BACK = "请人帮我报", "Ask us to call you";
    COMPLAIN = "投诉与建议", "Complaints";
    FOLLOW_LINK = "查进度", "Follow a report";
    REPORT_LINK = "反映问题", "Report a problem";
    FOOT_NOTE = "办理单位：{}", "Handled by {}";
    BACK = "返回上一步", "Back";
    STEP = "第 {} 步，共 3 步", "Step {} of 3";
    // Screen 1
    REPORT_TITLE = "反映问题", "Report a problem";
    PHOTO_LABEL = "拍一张照片（可以不拍）", "Take a photo (optional)";
    PHOTO_HINT = "照片只给办理人员看，不会公开。多大都可以。", "Only the people who handle it see the photo. Any size will do.";
    PHOTO_KEPT = "照片已收到，{} 张", "Photos received: {}";
    WHICH = "是哪一类事？点一下就到下一步", "What is it about? One tap takes you on";
    DANGER_TILE = "有危险", "Danger";
    PLACE_FIXED = "位置：{}", "Place: {}";
    DRAFT_FOUND = "上次的还没提交。", "Your last report was not sent.";
    DRAFT_GO = "接着报", "Continue it";
    // Emergencies
    EMERGENCY = "有人受伤、着火或正在发生危险，请先打：", "If someone is hurt, there is a fire or danger right now, call first:";
    CALL_110 = "110 报警", "110 police";
    CALL_119 = "119 火警", "119 fire";
    CALL_120 = "120 急救", "120 ambulance";
    // Screen 2
    PLACE_TITLE = "在什么地方？", "Where is it?";
    PLACE_HERE = "就是这里", "Yes, here";
    PLACE_IS_IT = "是这里吗？", "Is it here?";
    PLACE_WHOLE = "就在{}（不用再选楼号）", "At {} (no need to choose further)";
    PLACE_CHOOSE = "选一个：", "Choose one:";
    PLACE_EMPTY = "还没有登记地点。请打电话告诉我们。", "No places are registered yet. Please call us.";
    PLACE_TOP = "全部小区", "All estates";
    // Duplicates
    NEAR_TITLE = "是不是同一件事？", "Is it one of these?";
    NEAR_INTRO = "附近已经有人反映过。同一件事不用再报，点“也是我的事”就能一起收到答复。", "Someone has reported this near here. If it is the same matter, join it and you will get the answer too.";
    NEAR_SINCE = "{} 反映，{}", "Reported {}, {}";
    NEAR_JOIN = "也是我的事，一起跟进", "Same matter, follow it";
    NEAR_NEW = "都不是，这是另一件事", "None of these, it is something else";
    NEIGHBOURS = "{} 位居民反映", "{} residents reported it";
    // Screen 3
    WORDS_TITLE = "还有要说的吗？", "Anything to add?";
    WORDS_LABEL = "补充说明（可以不写）", "More about it (optional)";
    WORDS_PLACEHOLDER = "比如：从什么时候开始、影响到谁", "For example: since when, and whom it affects";
    PHONE_LABEL = "您的电话（可以不留）", "Your phone number (optional)";
    PHONE_PURPOSE = "只用于就这件事联系您，办结 90 天后删除，不作他用。不留电话也能凭查询码看进度。", "Used only to reach you about this matter and deleted 90 days after it is closed. Without it you can follow with your code.";
    SEND = "提交", "Send";
    YOUR_REPORT = "您要反映的", "Your report";
    CHANGE = "改", "Change";
    // Call-back
    CALL_BACK_TITLE = "请人帮我报", "Ask us to call you";
    CALL_BACK_INTRO = "留下电话，居委工作人员会打给您，帮您把事情报上来。", "Leave your number. Someone from the committee will call and write the report with you.";
    CALL_BACK_PHONE = "您的电话", "Your phone number";
    CALL_BACK_PLACE = "您住在哪个小区", "Your estate";
    CALL_BACK_SEND = "请给我打电话", "Please call me";
    CALL_BACK_TEXT = "居民请求回电，帮忙反映问题。", "A resident asks to be called back to report a problem.";
    // Thanks
    THANKS_TITLE = "已经收到", "Received";
    NUMBER = "编号", "Number";
    CODE = "查询码", "Your code";
    CODE_KEEP = "请记下查询码，或者存下这一页。凭它可以看进度、评价，不用登录。", "Note the code or save this page. With it you can follow and rate, without an account.";
    WHAT_NEXT = "接下来", "What happens next";
    NEXT_BY = "承诺 {} 前由{}办好。", "Promised by {}: {} will have dealt with it.";
    NEXT_ACCEPT = "{}会先接手，接手后告诉您什么时候办好。", "{} takes it up first and then tells you by when it will be done.";
    SLIP = "打印回执", "Print a slip";
    ANOTHER_NEAR = "再报一件附近的", "Report another one near here";
    SEE_PROGRESS = "看进度", "See progress";
    ALREADY_SENT = "这份已经提交过了，没有重复登记。", "This report had already been sent; it was not registered twice.";
    // Follow
    FOLLOW_TITLE = "查进度", "Follow your report";
    FOLLOW_ENTER = "输入查询码", "Enter your code";
    FOLLOW_FORMAT = "16 位字母和数字，在回执上。大小写、空格、横线都没关系。", "16 letters and digits, on your slip. Case, spaces and dashes do not matter.";
    FOLLOW_GO = "查询", "Look up";
    STATE_RECEIVED = "已收到", "Received";
    STATE_WORKING = "处理中", "Being handled";
    STATE_DONE = "已办结", "Done";
    STATE_RATE = "请您评价", "Please rate";
    STATE_RATED = "已评价", "Rated";
    STATE_NOW = "现在到这一步", "You are here";
    PROMISE = "承诺 {} 前办好", "Promised by {}";
    PROMISE_LATE = "已经超过承诺时间 {}。", "The promised time {} has passed.";
    DELAY = "为什么慢了：{}", "Why it takes longer: {}";
    ANSWER = "给您的答复", "The answer to you";
    STEPS = "每一步", "Step by step";
    SHARED = "您和另外 {} 位邻居反映的同一件事。", "You and {} neighbours reported the same matter.";
    MERGED = "和编号 {} 是同一件事，已经合在一起办，进度看这里。", "It is the same matter as number {} and is handled together with it.";
    LINK_UNTIL = "这个链接可以用到 {}。", "This link works until {}.";
    // What was done, as told to the reporter
    YOU = "您", "You:";
    SYSTEM = "系统", "The system:";
    DID_OPEN = "反映了问题", "reported it";
    DID_JOIN = "加入，一起跟进", "joined and follow it";
    DID_ACCEPT = "已接手", "took it up";
    DID_START = "开始办理", "started on it";
    DID_WAIT = "暂停：{}", "paused: {}";
    DID_RESUME = "继续办理", "went on with it";
    DID_PROPOSE = "办理完毕，等另一位同志核查", "finished; someone else verifies it";
    DID_VERIFY = "核查通过", "verified it";
    DID_NOT_VERIFY = "核查没有通过，继续办", "found it not done; work goes on";
    DID_ANSWER = "答复：{}", "answered: {}";
    DID_RATE = "评价：{}", "rated: {}";
    DID_CLOSE = "已办结", "closed it";
    DID_DISPUTE = "反映没有解决", "said that it is not solved";
    DID_REVIEW = "开始复查", "began the review";
    DID_RETURN = "复查后退回重办：{}", "sent it back after review: {}";
    DID_UPHOLD = "复查后维持原结论：{}", "upheld the result after review: {}";
    DID_PASS_UP = "交给上一级办理", "passed it up";
    DID_PASS_DOWN = "交给当地办理", "passed it to the local office";
    DID_REASSIGN = "换了经办人", "gave it to another person to handle";
    DID_PASS_OUT = "转给{}办理", "passed it to {}";
    DID_UNMERGE = "和那件事分开，单独办理", "took it apart again; it is handled on its own";
    DID_CALL = "给您打过电话", "called you";
    DID_MERGE = "和同一件事合在一起办", "joined it with the same matter";
    DID_WITHDRAW = "撤回了", "withdrew it";
    DID_REJECT = "不能受理：{}", "could not take it: {}";
    DID_BREAK = "超过了承诺时间", "The promised time has passed";
    // Rating
    RATE_TITLE = "办得怎么样？点一下就好", "How was it? One tap is enough";
    FACE_SATISFIED = "满意", "Satisfied";
    FACE_MOSTLY = "基本满意", "Mostly satisfied";
    FACE_SO_SO = "一般", "So-so";
    FACE_DISSATISFIED = "不满意", "Not satisfied";
    RATED = "谢谢，已记下：{}。", "Thank you, noted: {}.";
    RATED_UNHAPPY = "很抱歉没办好。会由另一位同志复查，再联系您。", "We are sorry. Someone else will look at it again and contact you.";
    MORE_TITLE = "还可以告诉我们（可以不填）", "You may also tell us (optional)";
    MORE_SOLVED = "问题解决了吗？", "Is the problem solved?";
    MORE_TREATED = "工作人员态度好吗？", "Were you treated well?";
    YES = "是", "Yes";
    NO = "否", "No";
    MORE_WORDS = "想说的话", "Your words";
    MORE_SEND = "补充提交", "Send";
    RATING_PRIVATE = "办理人员只看到结果，看不到是谁评的。", "The handler sees the result, not who gave it.";
    // Dispute
    NOT_SOLVED = "没解决", "Not solved";
    DISPUTE_TITLE = "哪里没解决？点一项，马上退回重新办", "What is wrong? One tap sends it back";
    CHIP_STILL_THERE = "问题还在", "The problem is still there";
    CHIP_HALF_DONE = "只办了一部分", "Only part was done";
    CHIP_NOT_TOLD = "没有人联系过我", "Nobody has been in touch with me";
    DISPUTED = "已退回，换一位同志复查。", "Sent back. Someone else will review it.";
    // Errors: what happened, what to do next
    ERROR_TITLE = "没有成功", "That did not work";
    ERROR_KEPT = "您填的都还在，改好再提交就行。", "What you entered is still here; correct it and send again.";
    ERROR_PHONE = "电话应当是 11 位手机号，或者带区号的座机号，比如 021-64700000。也可以不留。", "The phone number should be an 11-digit mobile number or a landline with area code, such as 021-64700000. You may leave it out.";
    ERROR_PHONE_NEEDED = "请留下电话，我们才能打给您。", "Please leave a number so that we can call you.";
    ERROR_CLASS = "请点一类事。", "Please choose what it is about.";
    ERROR_PLACE = "请选一个地方。", "Please choose a place.";
    ERROR_WORDS_LONG = "说明最多 1000 字，现在有 {} 字。", "At most 1,000 characters; there are {}.";
    ERROR_TEXT_LONG = "说明最多 1000 字。", "The text may have at most 1,000 characters.";
    ERROR_CODE_FORMAT = "查询码不对，请对照回执再看一遍：16 位，不会有 0、1、O、I、L 这些容易看错的。", "That is not a code. Compare it with your slip: 16 symbols, never 0, 1, O, I or L.";
    ERROR_CODE_UNKNOWN = "没有找到这个查询码。可能已经过了 90 天，也可能有一位看错了。可以打电话问我们。", "This code was not found. It may be past its 90 days or misread. You can call us.";
    ERROR_TOO_OFTEN = "试得太多了，请 {} 分钟后再来，或者打电话给我们。", "Too many attempts. Come back in {} minutes, or call us.";
    ERROR_FORM = "这张表没有传完整，请返回重新提交。", "The form did not arrive whole. Go back and send it again.";
    ERROR_TOO_LARGE = "照片加起来超过 {} MB，请少传一张。", "The photos are over {} MB together; send one fewer.";
    ERROR_STALE = "刚才有人更新了进度，请看最新的情况再操作。", "The state has just changed. Look at it again before you go on.";
    ERROR_FAULT = "我们这边出了问题，没有登记上。错误号 {}。请打电话告诉我们，或过一会儿再提交。", "Something failed on our side and nothing was registered. Error {}. Call us, or send it again in a while.";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sentence_has_both_languages_and_the_same_blanks() {
        for (name, say) in ALL {
            assert!(!say.zh.is_empty() && !say.en.is_empty(), "{name}");
            let blanks =
                |s: &str| s.matches("{}").count() + s.matches("{0}").count() + s.matches("{1}").count();
            assert_eq!(blanks(say.zh), blanks(say.en), "{name}");
            assert!(!say.zh.contains('!') && !say.en.contains('!'), "{name}");
        }
    }

    #[test]
    fn blanks_are_filled_in_order() {
        assert_eq!(STEP.fill(Lang::Zh, &["2"]), "第 2 步，共 3 步");
        assert_eq!(NEXT_BY.fill(Lang::Zh, &["11月26日", "居委干部"]), "承诺 11月26日 前由居委干部办好。");
        assert_eq!(
            NEXT_BY.fill(Lang::En, &["26 Nov", "the committee"]),
            "Promised by 26 Nov: the committee will have dealt with it."
        );
    }
}
