#pragma once
/// For plugins whose library writes to sockets by itself.
#include <csignal>

namespace smtpd {

/// As long as it lives, a peer that has closed its end is an error of the write and not a signal
/// that ends the process.
class QuietPipes {
 public:
  QuietPipes();
  ~QuietPipes();
  QuietPipes(const QuietPipes&) = delete;
  QuietPipes& operator=(const QuietPipes&) = delete;

 private:
  struct sigaction before_ = {};
};

}  // namespace smtpd
