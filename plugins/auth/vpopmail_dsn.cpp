#include "plugins/auth/vpopmail_dsn.hpp"

#include <array>

#include "lib/base/text.hpp"

namespace smtpd {

bool Dsn::is_local() const {
  return !socket.empty() || host.empty() || host == "localhost" || host == "::1" ||
         host.starts_with("127.");
}

std::expected<Dsn, std::string> parse_dsn(std::string_view text) {
  constexpr std::array<std::string_view, 10> names{
      "dbname",    "database",          "db",      "host", "port", "mysql_socket", "mariadb_socket",
      "mysql_ssl", "mysql_ssl_ca_file", "hostname"};
  const auto wrong = [](std::string what) { return std::unexpected(std::move(what)); };
  const auto parts = split(text, ':');
  if (parts.size() < 3 || !equal_ignoring_case(parts[0], "dbi") ||
      (!equal_ignoring_case(parts[1], "mysql") && !equal_ignoring_case(parts[1], "mariadb")))
    return wrong("a database is dbi:mysql:dbname=NAME;host=HOST, not '" + printable(text) + '\'');
  Dsn dsn;
  for (const std::string_view word :
       split(text.substr(parts[0].size() + parts[1].size() + 2), ';')) {
    const auto equals = word.find('=');
    const std::string_view name = trim(word.substr(0, equals));
    const std::string_view value = equals == word.npos ? "" : trim(word.substr(equals + 1));
    if (name.empty()) continue;
    if (value.empty()) return wrong("'" + printable(word) + "' is not NAME=VALUE");
    if (name == "dbname" || name == "database" || name == "db") {
      dsn.database = value;
    } else if (name == "host" || name == "hostname") {
      dsn.host = value;
    } else if (name == "port") {
      const auto port = to_number(value);
      if (!port || *port < 1 || *port > 65535)
        return wrong("port is a number from 1 to 65535, not '" + printable(value) + '\'');
      dsn.port = static_cast<std::uint16_t>(*port);
    } else if (name == "mysql_socket" || name == "mariadb_socket") {
      dsn.socket = value;
    } else if (name == "mysql_ssl") {
      if (value != "0" && value != "1")
        return wrong("mysql_ssl is 0 or 1, not '" + printable(value) + '\'');
      dsn.tls = value == "1";
    } else if (name == "mysql_ssl_ca_file") {
      dsn.authorities = value;
    } else {
      const std::string_view near = nearest(name, names);
      return wrong("there is no '" + printable(name) + '\'' +
                   (near.empty() ? std::string() : "; did you mean '" + std::string(near) + "'?"));
    }
  }
  return dsn;
}

}  // namespace smtpd
