#pragma once
/// Whole files, for tests.
#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace smtpd::transcript {

/// Errors: a sentence.
std::expected<std::string, std::string> read_file(const std::string& path);
/// Makes the folders above as well. Errors: a sentence.
std::expected<void, std::string> write_file(const std::string& path, std::string_view text);

/// Without their line ends.
std::vector<std::string> lines_of(std::string_view text);

}  // namespace smtpd::transcript
