#include <string>
#include <utility>

#include "lib/plugin/plugin.hpp"

namespace smtpd {

/// Refuses ESMTP parameters of clients that said HELO. See doc/plugins/parse_addr_withhelo.md.
class ParseAddrWithHelo final : public Plugin {
 public:
  using Plugin::Plugin;

  Parsed<PathCommand> on_mail_parse(Connection& conn, const CommandLine& command) {
    return parse(conn, command, "FROM");
  }
  Parsed<PathCommand> on_rcpt_parse(Connection& conn, const CommandLine& command) {
    return parse(conn, command, "TO");
  }

 private:
  Parsed<PathCommand> parse(const Connection& conn, const CommandLine& command,
                            std::string_view keyword) const {
    if (conn.greeted != Greeted::helo) return {};
    const auto parsed = parse_path_command(command.rest, keyword);
    if (!parsed || parsed->parameters.empty()) return {};
    log(Level::info, "fail, parameters after HELO");
    return std::unexpected("No parameters allowed in " + upper(command.verb) + " (#5.5.4)");
  }

  static std::string upper(std::string_view text) {
    std::string result;
    for (const char c : text) result += to_upper(c);
    return result;
  }
};

SMTPD_PLUGIN(ParseAddrWithHelo, "parse_addr_withhelo", rcpt_parse, mail_parse)

}  // namespace smtpd
