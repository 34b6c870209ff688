//! The suite every store is run through: many small checks, each on a new, empty store of its own.
//!
//! A test binary says how such a store is opened and runs them all by [`store_contract`](crate::store_contract):
//! `async fn open() -> Option<Opened>`, where `Opened` has a field `store: Arc<dyn Store>` and keeps alive what
//! the store stands on; none skips the check.
//!
//! Deliberately absent: anything that looks behind the port. What a database keeps, and how it fails, is
//! tested beside its implementation.

pub mod accounts;
pub mod cases;
pub mod commits;
pub mod devices;
pub mod duty;
pub mod indicators;
pub mod lists;
pub mod map;
pub mod notices;
pub mod own_rules;
pub mod people;
pub mod pushes;
pub mod retention;
pub mod stream;
pub mod tiers;
pub mod town;
pub mod ways;
pub mod words;

/// Declares one test for each check. `open` is the name of the function, in scope where this is written.
#[macro_export]
macro_rules! store_contract {
    ($open:ident) => {
        $crate::store_contract! { $open;
            accounts: [
                users_read_back_and_are_changed,
                a_login_is_one_whatever_its_case,
                posts_read_back_and_end_once,
                sessions_are_set_renewed_and_ended,
            ],
            cases: [
                a_case_and_its_facts_read_back_as_written,
                facts_of_a_case_are_appended_and_never_written_again,
                lists_and_lookups_follow_the_newest_state,
                cases_are_found_by_what_marks_them_and_by_when_they_changed,
                a_case_sent_back_shows_as_returned_until_it_is_final,
                findings_read_back_and_lead_to_their_case,
                a_finding_that_came_with_a_merged_case_leads_to_the_case_that_goes_on,
                the_open_cases_about_a_subject_are_found_by_class,
                cases_due_come_by_their_timers_oldest_first,
                urgent_cases_that_nobody_took_are_found,
                reporters_read_back_by_case_and_by_claim,
                photos_belong_to_the_first_case_that_takes_them,
                the_load_of_a_post_is_its_open_cases,
            ],
            commits: [
                a_commit_is_carried_out_whole_or_not_at_all,
                the_same_key_and_request_get_the_same_answer_and_change_nothing,
                a_key_of_another_request_is_refused,
                a_key_whose_commit_failed_may_be_used_again,
                of_many_at_once_under_one_key_one_is_carried_out_and_all_get_its_answer,
                of_many_at_once_on_one_case_version_exactly_one_wins,
                of_many_at_once_that_open_one_case_exactly_one_wins,
                of_many_at_once_on_one_checkpoint_exactly_one_wins,
                of_many_at_once_on_a_checkpoint_each_all_win,
                a_checkpoint_guard_holds_at_nought_where_there_is_none,
                the_first_administrator_is_made_once,
                commits_that_guard_two_cases_in_either_order_never_wait_for_ever,
                commits_that_write_the_same_rows_in_either_order_never_wait_for_ever,
                a_commit_that_is_abandoned_is_whole_or_nothing_and_stands_in_nobodys_way,
                a_number_of_a_series_is_given_once,
                what_exists_already_is_refused_with_its_reason,
                settings_read_back_and_are_replaced,
                a_new_store_answers_and_is_empty,
            ],
            devices: [
                areas_read_back_in_the_order_of_their_paths,
                successions_read_back_and_the_last_word_holds,
                how_many_live_where_is_kept_day_by_day,
                devices_read_back_with_their_newest_sign_of_life,
                what_was_learned_of_a_device_stands_with_since_when,
                what_was_learned_of_a_device_ends_with_its_service,
                devices_are_listed_silent_first_and_cut_by_filters,
                a_page_of_devices_stays_put_while_they_are_heard,
                credentials_are_set_replaced_and_removed,
            ],
            duty: [
                duties_read_back_by_post_and_every_version_is_kept,
                of_two_who_set_a_duty_at_once_the_second_is_told,
            ],
            indicators: [
                tallies_are_summed_by_place_and_class_within_period_and_reach,
                tallies_follow_the_facts_and_excluded_ones_stand_beside,
                the_rows_behind_a_number_come_newest_first_and_by_page,
                tallying_a_case_anew_changes_nothing,
            ],
            lists: [
                filters_tabs_and_counts_agree,
                lists_hold_exactly_the_records_within_reach,
                what_is_overdue_is_not_due_soon_as_well,
                a_page_stays_put_while_cases_are_opened,
                a_page_holds_what_was_asked_for_within_limits,
                strange_questions_break_nothing,
                an_order_is_found_by_its_number_however_it_is_written_and_nothing_beside_it,
                cases_are_found_by_words_in_chinese_and_others,
            ],
            map: [
                what_is_open_is_counted_by_area_whatever_is_asked_for,
            ],
            notices: [
                a_notice_of_a_known_key_changes_nothing,
                an_inbox_holds_what_is_due_newest_first,
                a_notice_is_seen_by_whom_it_is_for,
                a_notice_is_fetched_once_by_whom_it_is_for_and_not_seen_by_that,
                notices_to_carry_out_come_when_due_until_done_with,
                the_ledger_is_the_cases_notices_and_how_many_each_was_told_lately,
            ],
            own_rules: [
                own_rules_read_back_cut_to_areas,
                of_many_at_once_on_one_state_of_an_area_s_rules_exactly_one_wins,
                findings_are_counted_by_rule_and_version_but_for_those_taken_back,
            ],
            people: [
                opening_a_person_gives_the_record_and_writes_the_look,
                the_look_names_the_person_that_was_opened,
                opening_nobody_writes_no_look,
                a_person_who_moves_or_marries_is_found_anew,
                people_are_listed_masked_and_found_by_whole_values_only,
                pages_of_people_hold_each_once,
                the_care_contact_of_a_dwelling_is_told_with_a_look,
                looks_are_added_by_commits_too_and_leave_with_them,
                looks_of_many_at_once_make_one_chain,
                a_long_chain_is_verified_whole,
            ],
            pushes: [
                a_push_reads_back_with_whom_it_went_to_and_lies_in_their_inboxes,
                two_pushes_to_one_person_are_two_notices,
                what_came_of_a_push_follows_attempts_looks_and_replies,
                the_call_tree_is_looked_at_when_due_and_at_once_after_a_reply,
                pushes_are_listed_within_areas_newest_first_by_page,
                pushes_that_could_wait_are_counted_by_person,
            ],
            retention: [
                sessions_and_keys_are_forgotten_when_they_are_old,
                the_oldest_looks_are_forgotten_and_the_chain_stays_whole,
                looks_are_forgotten_from_the_front_only,
                when_all_looks_are_forgotten_the_numbers_go_on,
            ],
            stream: [
                a_checkpoint_keeps_its_snapshot_until_a_newer_one,
                a_row_comes_into_quarantine_once,
                a_row_is_resolved_once_and_stays_so,
                registry_changes_read_back_in_order,
                registry_changes_are_numbered_without_gaps_in_the_order_they_appear,
            ],
            tiers: [
                a_case_is_in_the_list_of_who_helps_while_a_task_of_theirs_is_open,
                a_clock_of_somebody_else_does_not_make_a_case_overdue,
                cases_whose_owner_has_left_are_found,
                solved_cases_are_counted_by_area_and_period,
                openings_read_back_oldest_first_with_when_they_closed,
                versions_of_routing_rules_read_back_and_one_is_on,
            ],
            ways: [
                a_persons_ways_read_back_and_are_replaced,
                digests_are_for_those_who_chose_them_and_have_an_address,
                an_answer_that_came_to_nothing_is_found_until_somebody_is_asked_to_call,
                what_did_not_come_through_is_found_with_all_its_attempts,
            ],
            words: [
                words_filters_and_tabs_agree,
                a_number_is_found_whole_or_by_its_end,
                a_words_cases_of_many_years_are_paged_from_anywhere,
            ],
        }
    };
    ($open:ident; $($group:ident: [$($check:ident),* $(,)?]),* $(,)?) => {
        $(mod $group {
            use super::$open;
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $check() {
                    let Some(opened) = $open().await else { return };
                    $crate::contract::$group::$check(&*opened.store).await;
                }
            )*
        })*
    };
}

#[cfg(test)]
mod tests {
    /// A check that stands in no list is run by nobody.
    #[test]
    fn every_check_is_in_the_list() {
        let list = include_str!("mod.rs");
        let groups = [
            include_str!("accounts.rs"),
            include_str!("cases.rs"),
            include_str!("commits.rs"),
            include_str!("devices.rs"),
            include_str!("duty.rs"),
            include_str!("indicators.rs"),
            include_str!("lists.rs"),
            include_str!("map.rs"),
            include_str!("words.rs"),
            include_str!("notices.rs"),
            include_str!("own_rules.rs"),
            include_str!("people.rs"),
            include_str!("pushes.rs"),
            include_str!("retention.rs"),
            include_str!("stream.rs"),
            include_str!("tiers.rs"),
            include_str!("ways.rs"),
        ];
        let checks = groups
            .iter()
            .flat_map(|text| text.lines())
            .filter_map(|line| line.strip_prefix("pub async fn ")?.split('(').next());
        let missing: Vec<_> = checks.filter(|check| !list.contains(&format!("{check},"))).collect();
        assert!(missing.is_empty(), "{missing:?}");
    }
}
