//! Rule text to a typed, checked plan with diagnostics
