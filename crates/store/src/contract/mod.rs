//! The suite every store is run through: many small checks, each on a new, empty store of its own.
//!
//! A test binary says how such a store is opened and runs them all by [`store_contract`](crate::store_contract):
//! `async fn open() -> Option<Opened>`, where `Opened` has a field `store: Arc<dyn Store>` and keeps alive what
//! the store stands on; none skips the check.
//!
//! Deliberately absent: anything that looks behind the port. What a database keeps, and how it fails, is
//! tested beside its implementation.

pub mod commits;
pub mod town;

/// Declares one test for each check. `open` is the name of the function, in scope where this is written.
#[macro_export]
macro_rules! store_contract {
    ($open:ident) => {
        $crate::store_contract! { $open;
            commits: [
                a_commit_is_carried_out_whole_or_not_at_all,
                the_same_key_and_request_get_the_same_answer_and_change_nothing,
                a_key_of_another_request_is_refused,
                a_key_whose_commit_failed_may_be_used_again,
                of_many_at_once_under_one_key_one_is_carried_out_and_all_get_its_answer,
                of_many_at_once_on_one_case_version_exactly_one_wins,
                of_many_at_once_on_one_checkpoint_exactly_one_wins,
                a_checkpoint_guard_holds_at_nought_where_there_is_none,
                the_first_administrator_is_made_once,
                commits_that_guard_two_cases_in_either_order_never_wait_for_ever,
                commits_that_write_the_same_rows_in_either_order_never_wait_for_ever,
                a_number_of_a_series_is_given_once,
                what_exists_already_is_refused_with_its_reason,
                settings_read_back_and_are_replaced,
                a_new_store_answers_and_is_empty,
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
        let groups = [include_str!("commits.rs")];
        let checks = groups
            .iter()
            .flat_map(|text| text.lines())
            .filter_map(|line| line.strip_prefix("pub async fn ")?.split('(').next());
        let missing: Vec<_> = checks.filter(|check| !list.contains(&format!("{check},"))).collect();
        assert!(missing.is_empty(), "{missing:?}");
    }
}
