//! The synthetic sub-district with ground truth
