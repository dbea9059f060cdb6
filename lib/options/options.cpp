/// The command line, by Boost.ProgramOptions: a module of its own (see lib/session/options.hpp).
#include "lib/session/options.hpp"

#include <boost/program_options.hpp>
#include <sstream>

#include "lib/base/export.hpp"
#include "lib/session/version.hpp"

namespace po = boost::program_options;

namespace smtpd {
namespace {

po::options_description described() {
  po::options_description all("Options");
  all.add_options()("help,h", "show this text")("version", "show the release")(
      "config-dir", po::value<std::string>()->value_name("DIR"),
      "the configuration directory (else QPSMTPD_CONFIG, config/ beside "
      "the binary, /etc/smtpd)")("remote-ip", po::value<std::string>()->value_name("IP"),
                                 "take this for the client's address")(
      "remote-host", po::value<std::string>()->value_name("NAME"),
      "take this for the client's name")("local-ip", po::value<std::string>()->value_name("IP"),
                                         "take this for our own address")(
      "log-level", po::value<std::string>()->value_name("LEVEL"),
      "0 to 7 or emerg ... debug; overrides config loglevel");
  return all;
}

std::string usage() {
  std::ostringstream text;
  text << "smtpd serves one SMTP connection on descriptors 0 and 1; a super-server (tcpserver, "
          "systemd, xinetd, s6) starts it.\n"
          "By hand: printf 'EHLO me\\nQUIT\\n' | ./smtpd --config-dir config\n\n"
       << described();
  return text.str();
}

CommandLineResult refused(const std::string& why) {
  return {.exit_code = 100, .output = "smtpd: " + why + "; smtpd --help lists the options\n"};
}

CommandLineResult parse(int argc, const char* const* argv) {
  po::variables_map given;
  const po::options_description all = described();
  po::store(po::command_line_parser(argc, argv).options(all).positional({}).run(), given);
  po::notify(given);
  if (given.count("help")) return {.exit_code = 0, .output = usage()};
  if (given.count("version"))
    return {.exit_code = 0, .output = "smtpd " + std::string(version) + '\n'};
  const auto text = [&](const char* name) {
    return given.count(name) ? std::optional(given[name].as<std::string>()) : std::nullopt;
  };
  Options options{.config_dir = text("config-dir").value_or(""),
                  .remote_ip = text("remote-ip"),
                  .remote_host = text("remote-host"),
                  .local_ip = text("local-ip"),
                  .log_level = {}};
  if (const auto level = text("log-level")) {
    options.log_level = to_level(*level);
    if (!options.log_level)
      return refused("log-level is 0 to 7 or a level's name, not '" + *level + '\'');
  }
  return {.options = std::move(options)};
}

}  // namespace
}  // namespace smtpd

extern "C" SMTPD_API smtpd::CommandLineResult smtpd_parse_options(
    int argc, const char* const* argv) noexcept {
  try {
    return smtpd::parse(argc, argv);
  } catch (const std::exception& error) {
    return smtpd::refused(error.what());
  }
}
