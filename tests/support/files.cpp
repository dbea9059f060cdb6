#include "tests/support/files.hpp"

#include <cstdio>
#include <filesystem>
#include <memory>

#include "lib/base/error.hpp"
#include "lib/base/text.hpp"

namespace smtpd::transcript {
namespace {

using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

}  // namespace

std::expected<std::string, std::string> read_file(const std::string& path) {
  const File file(std::fopen(path.c_str(), "rbe"), std::fclose);
  if (!file) return std::unexpected(system_error(path).what);
  std::string text;
  char buffer[65536];
  while (const std::size_t got = std::fread(buffer, 1, sizeof buffer, file.get()))
    text.append(buffer, got);
  if (std::ferror(file.get())) return std::unexpected(system_error(path).what);
  return text;
}

std::expected<void, std::string> write_file(const std::string& path, std::string_view text) {
  std::error_code ignored;  // the open tells what is wrong
  std::filesystem::create_directories(std::filesystem::path(path).parent_path(), ignored);
  File file(std::fopen(path.c_str(), "wbe"), std::fclose);
  if (!file) return std::unexpected(system_error(path).what);
  const bool written = std::fwrite(text.data(), 1, text.size(), file.get()) == text.size();
  if (std::fclose(file.release()) != 0 || !written) return std::unexpected(system_error(path).what);
  return {};
}

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  for (const std::string_view line : split(text, '\n')) lines.emplace_back(line);
  if (lines.back().empty()) lines.pop_back();
  return lines;
}

}  // namespace smtpd::transcript
