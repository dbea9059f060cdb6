#pragma once
/// A client whose words are all there, for tests of what stands between a stream and a session.
#include <algorithm>
#include <string>
#include <utility>

#include "lib/io/stream.hpp"

namespace smtpd {

/// Gives `says` in pieces of that size, then the end of file; keeps what is written.
class OctetStream final : public io::Stream {
 public:
  explicit OctetStream(std::string says, std::size_t piece = 1000)
      : says_(std::move(says)), piece_(piece) {}

  std::expected<std::size_t, Error> read(std::span<char> buffer, Deadline, Interrupt) override {
    const std::size_t length = std::min({piece_, buffer.size(), says_.size()});
    std::copy_n(says_.begin(), length, buffer.begin());
    says_.erase(0, length);
    return length;
  }
  std::expected<void, Error> write(std::string_view octets, Deadline deadline) override {
    written += octets;
    last_deadline = deadline;
    return {};
  }
  io::Input wait_for_input(Deadline) override {
    ++looks;
    return says_.empty() ? io::Input::silent : io::Input::data;
  }

  std::string written;
  Deadline last_deadline = Deadline::never();
  int looks = 0;

 private:
  std::string says_;
  std::size_t piece_;
};

}  // namespace smtpd
