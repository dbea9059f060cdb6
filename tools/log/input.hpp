#pragma once
/// Files and standard input line by line, in bounded memory.
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "lib/base/error.hpp"
#include "lib/base/unique_fd.hpp"

namespace smtpd::log_tool {

class LogInput {
 public:
  /// `-` is standard input. Errors: io.
  static std::expected<LogInput, Error> open(const std::string& name);
  /// The next line without its end; a last one may have none. What is longer than 64 KiB is cut. It
  /// lives until the next call. None at the end. Errors: io.
  std::expected<std::optional<std::string_view>, Error> line();

 private:
  static constexpr std::size_t size = 64 * 1024;
  LogInput(std::string name, UniqueFd fd);
  /// More octets behind those that are there. False at the end. Errors: io.
  std::expected<bool, Error> fill();
  std::expected<void, Error> skip();

  std::string name_;
  UniqueFd fd_;
  std::unique_ptr<char[]> buffer_;
  std::size_t begin_ = 0, end_ = 0;
  bool skips_ = false;  // the beginning of this line has been given out
};

}  // namespace smtpd::log_tool
