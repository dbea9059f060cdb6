#pragma once
/// A server that says everything at once, in pieces of a size, and keeps what it is told.
#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>

#include "lib/io/stream.hpp"

namespace smtpd::transcript {

class Talker final : public io::Stream {
 public:
  /// `told` gets what it hears: at least `hears` octets, then it has closed the connection.
  Talker(std::string says, std::size_t piece, std::string& told, std::size_t hears = SIZE_MAX)
      : says_(std::move(says)), piece_(piece), told_(told), hears_(hears) {}
  std::expected<std::size_t, Error> read(std::span<char> buffer, Deadline, Interrupt) override {
    const std::size_t length = std::min({piece_, buffer.size(), says_.size()});
    std::copy_n(says_.begin(), length, buffer.begin());
    says_.erase(0, length);
    return length;
  }
  std::expected<void, Error> write(std::string_view octets, Deadline) override {
    if (closed_) return std::unexpected(Error{Errc::io, "it was told that this is closed"});
    closed_ = told_.size() >= hears_;
    if (closed_) return std::unexpected(Error{Errc::closed, "closed"});
    told_ += octets;
    return {};
  }
  io::Input wait_for_input(Deadline) override {
    return says_.empty() ? io::Input::silent : io::Input::data;
  }

 private:
  std::string says_;
  std::size_t piece_;
  std::string& told_;
  std::size_t hears_;
  bool closed_ = false;  // and has said so
};

}  // namespace smtpd::transcript
