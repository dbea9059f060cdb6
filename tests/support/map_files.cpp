#include "tests/support/map_files.hpp"

#include <cstdlib>
#include <filesystem>

#include "lib/base/hex.hpp"
#include "tests/support/files.hpp"

namespace smtpd::transcript {
namespace {

/// cdbmake's input: `+KEYLENGTH,VALUELENGTH:KEY->VALUE`.
std::string cdb_input(const MapEntries& entries) {
  std::string text;
  for (const auto& [key, value] : entries) {
    text += '+' + std::to_string(key.size()) + ',' + std::to_string(value.size()) + ':' + key +
            "->" + value + '\n';
  }
  return text + '\n';
}

std::string lmdb_input(const MapEntries& entries) {
  std::string text = "VERSION=3\nformat=bytevalue\ntype=btree\nmapsize=268435456\nHEADER=END\n";
  for (const auto& [key, value] : entries) text += ' ' + hex(key) + "\n " + hex(value) + '\n';
  return text + "DATA=END\n";
}

}  // namespace

std::expected<void, std::string> make_map(const std::string& path, const MapEntries& entries) {
  const bool is_cdb = path.ends_with(".cdb");
  if (!is_cdb && !path.ends_with(".lmdb")) return std::unexpected("a map is a .cdb or a .lmdb");
  std::error_code ignored;
  std::filesystem::remove(path, ignored);
  const std::string input = path + "-input";
  if (auto written = write_file(input, is_cdb ? cdb_input(entries) : lmdb_input(entries)); !written)
    return written;
  const std::string quoted = '\'' + path + '\'';
  const std::string command = is_cdb ? "cdb -c " + quoted + " '" + input + '\''
                                     : "mdb_load -n -f '" + input + "' " + quoted;
  const int status = std::system(command.c_str());
  std::filesystem::remove(input, ignored);
  std::filesystem::remove(path + "-lock", ignored);
  if (status != 0) return std::unexpected("cannot make " + path + ": " + command);
  return {};
}

}  // namespace smtpd::transcript
