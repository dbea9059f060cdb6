#pragma once
/// One client of the real binary. Every wait is bounded.
#include <memory>
#include <optional>
#include <span>

#include "tests/support/dialogue.hpp"
#include "tests/support/process.hpp"

namespace smtpd::transcript {

class Connection {
 public:
  struct Limits {
    std::chrono::milliseconds patience;     ///< for each wait
    std::chrono::milliseconds silence{20};  ///< that S- listens
  };
  Connection(ServerProcess process, Dialogue dialogue, const Setting& setting, Limits limits);

  /// Does the step at the start of `steps`; a step that sends takes those behind it along. Returns
  /// how many it took.
  std::expected<std::size_t, Failure> perform(std::span<const Step> steps);
  /// Closes the client's side and waits for the end of the server: nothing may be unread, and the
  /// exit code be [exit].
  std::expected<void, Failure> finish(unsigned line);

 private:
  using Done = std::expected<void, Failure>;

  Done send(const Step& step, std::string_view octets);
  Done put(const Step& step, std::string_view octets);  // as they are, TLS or not
  Done authenticate(const Step& step);
  Done say(const Step& step, const std::string& line);
  Done shake_hands(const Step& step, std::string_view in_front = {});
  Done expect(const Step& step);
  Done expect_silence(const Step& step);
  Done expect_end(const Step& step);
  /// Waits for octets or the end. False: neither came in time.
  bool receive(std::chrono::milliseconds wait);
  void read_some();
  /// How much could be written; none if the server has closed.
  std::optional<std::size_t> write_some(std::string_view octets) const;

  ServerProcess process_;
  Dialogue dialogue_;
  const Setting& setting_;
  Limits limits_;
  bool ended_ = false;  // the server has closed
  std::unique_ptr<TlsClient> tls_;
};

}  // namespace smtpd::transcript
