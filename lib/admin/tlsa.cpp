/// `--tlsa`: DNS records by which other servers recognise the certificates (RFC 6698, RFC 7672).
#include <algorithm>

#include "lib/admin/admin.hpp"
#include "lib/admin/assembly.hpp"
#include "lib/base/text.hpp"
#include "lib/kit/tls_settings.hpp"

namespace smtpd {
namespace {

bool is_host_name(std::string_view text) {
  return !text.empty() && text.size() <= 253 && std::ranges::all_of(text, [](char c) {
    return is_alnum(c) || c == '-' || c == '_' || c == '.';
  });
}

}  // namespace

Printout tlsa(const Options& options, Services& services, std::string_view host) {
  constexpr std::uint64_t highest_port = 65535;
  constexpr int exit_usage = 2;
  const auto colon = std::min(host.find(':'), host.size());
  std::string name(host.substr(0, colon));
  const auto port =
      colon == host.size() ? std::optional<std::uint64_t>(25) : to_number(host.substr(colon + 1));
  if (name.ends_with('.')) name.pop_back();
  if (!is_host_name(name) || !port || *port == 0 || *port > highest_port)
    return {.exit_code = exit_usage,
            .complaints =
                "smtpd: --tlsa needs a host's name, and a port other than 25 behind a "
                "colon\n"};
  Assembly all(options, services);
  all.host().check();
  const auto* const records = all.connection().notes.get(note::tlsa);
  Printout printout;
  for (const std::string& problem : all.problems()) printout.complaints += problem + '\n';
  if (!records) {
    printout.complaints += "smtpd: there is no certificate to tell of; the plugin tls has them\n";
  } else {
    for (const std::string& record : *records)
      printout.output.append("_" + std::to_string(*port) + "._tcp." + name + ". IN TLSA " + record)
          .append("\n");
  }
  printout.exit_code = printout.output.empty() || !all.problems().empty() ? 1 : 0;
  return printout;
}

}  // namespace smtpd
