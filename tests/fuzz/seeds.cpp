/// `seeds DIRECTORY FILE...`: writes what the transcripts' clients send, and their configurations,
/// as first inputs of each fuzz target: DIRECTORY/TARGET/HASH.
#include <cstdio>
#include <filesystem>
#include <functional>

#include "lib/base/text.hpp"
#include "tests/support/dialogue.hpp"
#include "tests/support/files.hpp"
#include "tests/support/folder.hpp"

namespace {

using namespace smtpd::transcript;
using smtpd::split;
using smtpd::starts_with_ignoring_case;

constexpr std::size_t longest = 8192;

class Seeds {
 public:
  explicit Seeds(std::string directory) : directory_(std::move(directory)) {}

  /// Everything in one transcript.
  void take(const std::string& path) {
    const auto text = read_file(path);
    const auto transcript = text ? parse(path, *text) : std::unexpected(Problem{0, text.error()});
    const Folder folder;
    const auto setting = transcript ? Setting::create(folder.path(), *transcript)
                                    : std::unexpected(transcript.error());
    if (!setting) return;
    for (const Section& section : transcript->sections) {
      if (section.kind == Section::Kind::config) take_config(section);
      if (section.kind == Section::Kind::session) take_octets(octets_of(section, *setting));
    }
  }
  std::size_t count() const { return count_; }

 private:
  static std::string octets_of(const Section& session, const Setting& setting) {
    std::string octets;
    std::span<const Step> steps = session.steps;
    while (!steps.empty()) {
      const auto chunk = sends(steps.front()) ? next_chunk(steps, setting) : Chunk();
      if (chunk) octets += chunk->octets;
      steps = steps.subspan(chunk && chunk->steps > 0 ? chunk->steps : 1);
    }
    return octets;
  }

  void take_config(const Section& section) {
    std::string all;
    for (const Line& line : section.lines) {
      all += line.text + '\n';
      if (section.argument == "plugins") write("arguments", '\x01' + line.text);
    }
    write("config", all);
  }

  void take_octets(const std::string& octets) {
    for (char variant = 0; variant < 7; ++variant) {
      if (count_ % 7 == static_cast<std::size_t>(variant))
        write("session", std::string{variant, '\0', '\0', '\x07'} + octets);
    }
    if (octets.starts_with("PROXY ") || octets.starts_with("\r\n\r\n"))
      write("proxy", '\0' + octets);
    for (std::string_view line : split(octets, '\n')) {
      if (line.ends_with('\r')) line.remove_suffix(1);
      const bool is_rcpt = starts_with_ignoring_case(line, "RCPT ");
      if (!is_rcpt && !starts_with_ignoring_case(line, "MAIL ")) continue;
      write("path_command", std::string(1, is_rcpt ? '\1' : '\0') + std::string(line.substr(5)));
      const auto open = line.find('<'), close = line.find('>');
      if (open < close) write("address", std::string(line.substr(open, close - open + 1)));
    }
    const auto data = octets.find("DATA\r\n");
    if (data == octets.npos) return;
    const std::string message = octets.substr(data + 6);
    write("dot_decoder", std::string{'\0', '\0', '\x40'} + message);
    std::string text;
    for (const char c : message.substr(0, message.find("\r\n.\r\n") + 2)) {
      if (c != '\r') text += c;
    }
    write("header_list", std::string(3, '\0') + text);
  }

  void write(const char* target, const std::string& input) {
    if (input.size() > longest) return;
    char name[2 * sizeof(std::size_t) + 1];
    std::snprintf(name, sizeof name, "%zx", std::hash<std::string>()(input));
    const auto written = write_file(directory_ + '/' + target + '/' + name, input);
    if (!written) std::fprintf(stderr, "seeds: %s\n", written.error().c_str());
    ++count_;
  }

  std::string directory_;
  std::size_t count_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fputs("usage: seeds DIRECTORY FILE...\n", stderr);
    return 2;
  }
  Seeds seeds(argv[1]);
  for (int i = 2; i < argc; ++i) seeds.take(argv[i]);
  std::printf("%zu inputs\n", seeds.count());
  return seeds.count() > 0 ? 0 : 1;
}
