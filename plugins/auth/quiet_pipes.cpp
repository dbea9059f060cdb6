#include "plugins/auth/quiet_pipes.hpp"

namespace smtpd {

QuietPipes::QuietPipes() {
  struct sigaction ignored{};
  ignored.sa_handler = SIG_IGN;
  ::sigaction(SIGPIPE, &ignored, &before_);
}

QuietPipes::~QuietPipes() { ::sigaction(SIGPIPE, &before_, nullptr); }

}  // namespace smtpd
