#pragma once

namespace smtpd {

/// From here on this process changes no file: neither opens one for writing, nor makes, renames or
/// removes one (Landlock, landlock(7)). Without an effect where the kernel cannot (before 5.13, or
/// switched off); nothing that goes through Services writes in any case.
void forbid_writing();

}  // namespace smtpd
