#pragma once
/// A byte stream with deadlines: the client's connection, real or scripted.
#include <sys/types.h>

#include <cstddef>
#include <expected>
#include <optional>
#include <span>
#include <string_view>

#include "lib/base/clock.hpp"
#include "lib/base/error.hpp"
#include "lib/io/meanwhile.hpp"

namespace smtpd::io {

/// What a look at a stream finds.
enum class Input { silent, data, end };

class Stream {
 public:
  virtual ~Stream() = default;
  /// Whether the signal to stop ends a read: not at all, at once, or not before `stop_respite` has
  /// passed.
  enum class Interrupt { no, yes, late };
  /// Up to `buffer.size()` octets, at least one; 0 is end of file. Errors: timeout, stopped (not
  /// with Interrupt::no), io.
  virtual std::expected<std::size_t, Error> read(std::span<char> buffer, Deadline deadline,
                                                 Interrupt interrupt) = 0;
  /// All of `octets`. Errors: timeout, closed, io.
  virtual std::expected<void, Error> write(std::string_view octets, Deadline deadline) = 0;
  /// Waits until something can be read, the other side has closed, or the deadline passes.
  virtual Input wait_for_input(Deadline deadline) = 0;
  /// What goes on while read() and wait_for_input() wait, as far as a stream waits by itself. It
  /// outlives the stream, or is taken away by null.
  virtual void set_meanwhile(Meanwhile* /*work*/) {}
  /// The server has said its last word: the client sees the end of the connection now, whatever is
  /// still to be done, and a client that is still sending does not lose the last reply.
  virtual void part() {}
  /// One octet, NUL, with a descriptor beside it (unix(7), SCM_RIGHTS). Waits for nobody. Errors:
  /// config (it is no Unix socket), closed, io (also: the other side has left no room for it).
  virtual std::expected<void, Error> pass(int /*descriptor*/) {
    return std::unexpected(Error{Errc::config, "a descriptor goes through a Unix socket only"});
  }
};

/// How long a message that is on its way may take after the signal to stop.
inline constexpr seconds stop_respite{10};

/// From now on SIGTERM, and SIGXCPU (`ulimit -t`), stop reads alone, as Interrupt says. What
/// SIGPIPE and SIGXFSZ (`ulimit -f`) tell of is the error of a write. Once per process.
void catch_signals();

/// Descriptors `in` and `out` (0 and 1), not owned. The signal to stop ends the read that waits, or
/// the next one. A read whose deadline is far away may end up to a second after it.
class FdStream final : public Stream {
 public:
  FdStream(int in, int out, const Clock& clock);
  void set_meanwhile(Meanwhile* work) override { meanwhile_ = work; }
  std::expected<std::size_t, Error> read(std::span<char> buffer, Deadline deadline,
                                         Interrupt interrupt) override;
  std::expected<void, Error> write(std::string_view octets, Deadline deadline) override;
  Input wait_for_input(Deadline deadline) override;
  void part() override;

 private:
  bool is_anything_pending() const { return meanwhile_ && !meanwhile_->descriptors().empty(); }
  Deadline respite_end(SteadyTime now);
  bool waits_in_socket(Deadline deadline, SteadyTime now);
  ssize_t write_to_pipe(std::string_view octets, Deadline deadline);

  int in_, out_;
  bool blocks_ = true;                     // a socket that waits, as far as is known
  seconds timeout_ = {};                   // of the socket, set by waits_in_socket
  std::optional<SteadyTime> respite_end_;  // once the signal to stop has been seen
  const Clock& clock_;
  Meanwhile* meanwhile_ = nullptr;
};

}  // namespace smtpd::io
