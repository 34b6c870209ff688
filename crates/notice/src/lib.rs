//! Facts, policy and ledger to notices that are due
