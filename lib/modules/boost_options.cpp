/// The command line, by Boost.ProgramOptions: a module of its own (see lib/server/options.hpp).
#include <algorithm>
#include <array>
#include <boost/program_options.hpp>
#include <boost/version.hpp>
#include <sstream>

#include "lib/base/export.hpp"
#include "lib/base/network.hpp"
#include "lib/base/text.hpp"
#include "lib/server/options.hpp"

namespace po = boost::program_options;

namespace smtpd {
namespace {

using Names = std::vector<std::string>;

struct ActionName {
  const char* name;
  Action action;
};
constexpr auto actions = std::array{
    ActionName{"check", Action::check},
    ActionName{"check-zones", Action::check_zones},
    ActionName{"simulate", Action::simulate},
    ActionName{"route-of", Action::route_of},
    ActionName{"list-plugins", Action::list_plugins},
    ActionName{"explain", Action::explain},
    ActionName{"show-config", Action::show_config},
    ActionName{"show-hooks", Action::show_hooks},
    ActionName{"hash-password", Action::hash_password},
    ActionName{"tlsa", Action::tlsa},
    ActionName{"version", Action::tell_version},
};

po::typed_value<std::string>* text(const char* name) {
  return po::value<std::string>()->value_name(name);
}

po::options_description for_administrators() {
  po::options_description all("Instead of a session");
  // clang-format off
  all.add_options()
      ("check", "load everything, report every problem with file and line")
      ("check-zones", "ask every block list and white list whether it is one")
      ("simulate", "what a client would be told, and why; nothing is sent, and nothing changes")
      ("route-of", text("ADDRESS"), "where mail to this recipient would go, and by which lines")
      ("list-plugins", "the plugins that there are")
      ("explain", text("PLUGIN"), "its page")
      ("show-config", text("FORM")->implicit_value("text"), "the values that count and where they are from, as text or json")
      ("show-hooks", "which plugins each hook asks, in order")
      ("hash-password", text("FORM")->implicit_value("crypt"), "the password on standard input as flat_auth_pw may keep it: crypt, scram-sha-256 or scram-sha-1")
      ("tlsa", text("HOST"), "DNS records (DANE) for the certificates of the plugin tls")
      ("help,h", "this text")
      ("version", "the release, its libraries and modules");
  // clang-format on
  return all;
}

po::options_description for_simulation() {
  po::options_description all(
      "The client of --simulate, beside --remote-ip, --remote-host and --local-ip");
  // clang-format off
  all.add_options()
      ("local-port", text("PORT"), "it has come to this port")
      ("helo", text("NAME"), "it greets with this name")
      ("from", text("ADDRESS"), "the sender; <> is the null sender")
      ("to", po::value<Names>()->value_name("ADDRESS"), "a recipient; may be repeated")
      ("message", text("FILE"), "the message")
      ("auth-as", text("USER"), "it has authenticated as this user; no password is asked for")
      ("tls", "it speaks TLS")
      ("brief", "the last line alone");
  // clang-format on
  return all;
}

po::options_description for_all() {
  po::options_description all("Options");
  // clang-format off
  all.add_options()
      ("config-dir", text("DIR"), "else $QPSMTPD_CONFIG, config/ beside the binary, /etc/smtpd")
      ("plugin-dir", po::value<Names>()->value_name("DIR"), "look for plugins here first; may be repeated")
      ("log-level", text("LEVEL"), "0 to 7, or emerg to debug, in place of config loglevel")
      ("remote-ip", text("IP"), "take this for the client's address")
      ("remote-host", text("NAME"), "take this for the client's name")
      ("local-ip", text("IP"), "take this for our own address");
  // clang-format on
  return all;
}

po::options_description known() {
  po::options_description all;
  all.add(for_all()).add(for_administrators()).add(for_simulation());
  return all;
}

std::string usage() {
  std::ostringstream out;
  out << "smtpd [OPTION ...]\n"
         "serves one SMTP client on descriptors 0 and 1; a super-server (tcpserver, systemd, "
         "xinetd, "
         "s6) starts it.\n"
         "By hand: printf 'EHLO me\\nQUIT\\n' | smtpd --config-dir config\n\n"
      << for_all() << '\n'
      << for_administrators() << '\n'
      << for_simulation();
  return out.str();
}

CommandLineResult refused(const std::string& why) {
  constexpr int exit_usage = 2;
  return {.exit_code = exit_usage,
          .output = "smtpd: " + printable(why) + " (smtpd --help lists the options)\n"};
}

/// `; did you mean PREFIX NEAREST?`, or nothing.
std::string suggestion(std::string_view word, std::span<const std::string_view> words,
                       std::string_view prefix = {}) {
  const std::string_view near = nearest(word, words);
  if (near.empty()) return {};
  return "; did you mean " + std::string(prefix) + std::string(near) + '?';
}

CommandLineResult unknown(std::string name) {
  name.erase(0, name.find_first_not_of('-'));
  const po::options_description all = known();
  std::vector<std::string_view> names;
  for (const auto& option : all.options()) names.emplace_back(option->long_name());
  return refused("there is no option --" + name + suggestion(name, names, "--"));
}

/// The values of one command line.
class Given {
 public:
  Given(int argc, const char* const* argv) {
    po::options_description all = known();
    all.add_options()("word", po::value<Names>());  // what is no option, to name it
    po::positional_options_description words;
    words.add("word", -1);
    constexpr int style =
        po::command_line_style::unix_style & ~po::command_line_style::allow_guessing;
    po::store(po::command_line_parser(argc, argv).options(all).positional(words).style(style).run(),
              values_);
    po::notify(values_);
  }

  bool has(const char* name) const { return values_.count(name) > 0; }
  std::optional<std::string> text(const char* name) const {
    return has(name) ? std::optional(values_[name].as<std::string>()) : std::nullopt;
  }
  Names all(const char* name) const { return has(name) ? values_[name].as<Names>() : Names(); }

 private:
  po::variables_map values_;
};

/// Fills in the action. What is wrong, or an empty text.
std::string read_action(const Given& given, CommandLineResult& result) {
  for (const ActionName& each : actions) {
    if (!given.has(each.name)) continue;
    if (result.action != Action::serve)
      return std::string("--") + each.name + " needs a run of its own";
    result.action = each.action;
  }
  result.plugin = given.text("explain").value_or("");
  result.host = given.text("tlsa").value_or("");
  result.address = given.text("route-of").value_or("");
  result.form = given.text("hash-password").value_or("");
  if (result.action == Action::hash_password && result.form != "crypt" &&
      result.form != "scram-sha-256" && result.form != "scram-sha-1")
    return "--hash-password is crypt, scram-sha-256 or scram-sha-1, not '" + result.form + '\'';
  const auto form = given.text("show-config");
  if (form == "json") result.action = Action::show_config_json;
  if (form && form != "json" && form != "text")
    return "--show-config is text or json, not '" + *form + '\'';
  return {};
}

/// Fills in the client of --simulate. What is wrong, or an empty text.
std::string read_client(const Given& given, CommandLineResult& result) {
  constexpr std::array names{"local-port", "helo",    "from", "to",
                             "message",    "auth-as", "tls",  "brief"};
  const bool simulates = result.action == Action::simulate;
  for (const char* name : names) {
    if (given.has(name) && !simulates) return std::string("--") + name + " goes with --simulate";
  }
  if (!simulates) return {};
  result.client = {.local_port = given.text("local-port").value_or(""),
                   .helo = given.text("helo"),
                   .sender = given.text("from"),
                   .recipients = given.all("to"),
                   .message = given.text("message"),
                   .user = given.text("auth-as"),
                   .tls = given.has("tls"),
                   .brief = given.has("brief")};
  const SimulatedClient& client = result.client;
  const auto port = to_number(client.local_port);
  if (given.has("local-port") && (!port || *port < 1 || *port > 65'535))
    return "--local-port is 1 to 65535, not '" + client.local_port + '\'';
  if (!result.options.remote_ip) return "--simulate needs --remote-ip, the client's address";
  if (!client.recipients.empty() && !client.sender) return "--to needs --from, the sender";
  if (client.message && client.recipients.empty()) return "--message needs --to, a recipient";
  for (const auto* words : {&client.helo, &client.sender, &client.user}) {
    if (*words && std::ranges::any_of(**words, is_control))
      return "there is a control octet in '" + **words + '\'';
  }
  return {};
}

CommandLineResult parse(int argc, const char* const* argv) {
  const Given given(argc, argv);
  if (given.has("help")) return {.exit_code = 0, .output = usage()};
  if (const Names words = given.all("word"); !words.empty())
    return refused("'" + words.front() + "' is no option");
  CommandLineResult result{.options = {.config_dir = given.text("config-dir").value_or(""),
                                       .remote_ip = given.text("remote-ip"),
                                       .remote_host = given.text("remote-host"),
                                       .local_ip = given.text("local-ip"),
                                       .plugin_dirs = given.all("plugin-dir")}};
  if (given.has("config-dir") && result.options.config_dir.empty())
    return refused("--config-dir is a directory, not ''");
  for (const char* name : {"remote-ip", "local-ip"}) {
    const auto ip = given.text(name);
    if (ip && !IpAddress::parse(*ip))
      return refused(std::string("--") + name + " is an IP address, not '" + *ip + '\'');
  }
  if (const auto level = given.text("log-level")) {
    result.options.log_level = to_level(*level);
    if (!result.options.log_level) {
      return refused("--log-level is 0 to 7 or a level's name, not '" + *level + '\'' +
                     suggestion(lower(*level), level_names()));
    }
  }
  if (const std::string wrong = read_action(given, result); !wrong.empty()) return refused(wrong);
  if (const std::string wrong = read_client(given, result); !wrong.empty()) return refused(wrong);
  return result;
}

}  // namespace
}  // namespace smtpd

extern "C" SMTPD_API smtpd::CommandLineResult smtpd_parse_options(
    int argc, const char* const* argv) noexcept {
  try {
    return smtpd::parse(argc, argv);
  } catch (const po::unknown_option& error) {
    return smtpd::unknown(error.get_option_name());
  } catch (const std::exception& error) {
    return smtpd::refused(error.what());
  }
}

extern "C" SMTPD_API std::string smtpd_options_library() noexcept {
  return "Boost " + std::to_string(BOOST_VERSION / 100000) + '.' +
         std::to_string(BOOST_VERSION / 100 % 1000) + '.' + std::to_string(BOOST_VERSION % 100);
}
