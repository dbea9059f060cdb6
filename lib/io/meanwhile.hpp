#pragma once
/// Work that goes on while the server waits for its client.
#include <poll.h>

#include <span>

#include "lib/base/clock.hpp"

namespace smtpd::io {

/// A few descriptors, and a time at which something is due. FdStream waits for them beside its own
/// descriptor; while there are none it waits in read(2), so that a session without such work pays
/// nothing for it.
class Meanwhile {
 public:
  virtual ~Meanwhile() = default;
  /// What to wait for now; empty if nothing is pending, and then nothing is due either. Valid until
  /// the next call.
  virtual std::span<pollfd> descriptors() = 0;
  /// When go_on() is to be called although nothing has come: a question is sent once more, or given
  /// up.
  virtual Deadline due() = 0;
  /// Called when poll(2) has found something, errors included, which the last descriptors() have in
  /// their `revents`, and when something is due. It takes what has come and moves on what was due:
  /// a descriptor left as it is, or a time left in the past, brings the next call at once. It never
  /// waits and never throws.
  virtual void go_on() = 0;
};

}  // namespace smtpd::io
