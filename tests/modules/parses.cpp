/// Parses HELO, MAIL and RCPT by itself: `HELO I am NAME`, `MAIL FROM USER AT HOST [SIZE N]`, `RCPT
/// TO USER AT HOST`. Any other form it leaves to the core, a wrong one of its own it refuses.
#include "lib/plugin/plugin.hpp"

using namespace smtpd;

namespace {

class Parses final : public Plugin {
 public:
  using Plugin::Plugin;

  Parsed<Hello> on_helo_parse(Connection&, const CommandLine& command) {
    const auto words = command.words();
    if (words.size() < 2 || words[0] != "I" || words[1] != "am") return {};
    if (words.size() == 2) return std::unexpected("Who are you?");
    return Hello{std::string(words[2]), {"said", "so"}};
  }
  Parsed<PathCommand> on_mail_parse(Connection&, const CommandLine& command) {
    return parse("FROM", command);
  }
  Parsed<PathCommand> on_rcpt_parse(Connection&, const CommandLine& command) {
    return parse("TO", command);
  }

 private:
  static Parsed<PathCommand> parse(std::string_view keyword, const CommandLine& command) {
    const auto words = command.words();
    if (words.empty() || words[0] != keyword) return {};
    if (words.size() < 4 || words[2] != "AT")
      return std::unexpected("USER AT HOST is missing (#5.1.7)");
    PathCommand path;
    path.path.append("<").append(words[1]).append("@").append(words[3]).append(">");
    if (words.size() == 6) path.parameters.add({lower(words[4]), std::string(words[5])});
    return path;
  }
};

}  // namespace

SMTPD_PLUGIN(Parses, "parses", helo_parse, mail_parse, rcpt_parse)
