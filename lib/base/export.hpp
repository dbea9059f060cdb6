#pragma once
/// Marks what plugins built as modules may use: only these names are exported from the binary.
#define SMTPD_API [[gnu::visibility("default")]]
