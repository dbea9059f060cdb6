#include <mariadb/mysql.h>

#include <array>
#include <cstring>
#include <memory>

#include "lib/base/text.hpp"
#include "lib/kit/secrets.hpp"
#include "plugins/auth/quiet_pipes.hpp"
#include "plugins/auth/vpopmail_dsn.hpp"
#include "plugins/auth/vpopmail_store.hpp"

namespace smtpd {
namespace {

struct Closer {
  void operator()(MYSQL* database) const noexcept { ::mysql_close(database); }
  void operator()(MYSQL_STMT* statement) const noexcept { ::mysql_stmt_close(statement); }
};
using Database = std::unique_ptr<MYSQL, Closer>;
using Statement = std::unique_ptr<MYSQL_STMT, Closer>;

/// Where the users are, and as whom they are read.
struct DatabaseSettings {
  Dsn dsn;
  std::string user, password;
};

Error failed(std::string_view what, const char* why) {
  return {Errc::io, "vpopmail's database: " + std::string(what) + ": " + printable(why)};
}

/// A column of text in a buffer of its own, which is wiped: it may be a password.
class Column {
 public:
  Column() = default;
  ~Column() { ::explicit_bzero(buffer_.data(), buffer_.size()); }
  Column(const Column&) = delete;
  Column& operator=(const Column&) = delete;

  void bind(MYSQL_BIND& bind) {
    bind.buffer_type = MYSQL_TYPE_STRING;
    bind.buffer = buffer_.data();
    bind.buffer_length = buffer_.size();
    bind.length = &length_;
    bind.is_null = &is_null_;
  }
  /// Valid until the next row; empty for NULL.
  std::string_view text() const {
    return is_null_ ? std::string_view() : std::string_view(buffer_.data(), length_);
  }

 private:
  std::array<char, 512> buffer_{};
  unsigned long length_ = 0;
  my_bool is_null_ = 0;
};

void bind_text(MYSQL_BIND& bind, std::string& text) {
  bind.buffer_type = MYSQL_TYPE_STRING;
  bind.buffer = text.data();
  bind.buffer_length = text.size();
}

std::expected<Database, Error> connect(const DatabaseSettings& source, unsigned timeout) {
  Database database(::mysql_init(nullptr));
  if (!database) return std::unexpected(failed("mysql_init", "no memory"));
  MYSQL* const db = database.get();
  const unsigned no_files = 0;  // the server would get to read ours
  for (const mysql_option each :
       {MYSQL_OPT_CONNECT_TIMEOUT, MYSQL_OPT_READ_TIMEOUT, MYSQL_OPT_WRITE_TIMEOUT})
    ::mysql_options(db, each, &timeout);
  ::mysql_options(db, MYSQL_OPT_LOCAL_INFILE, &no_files);
  ::mysql_options(db, MYSQL_SET_CHARSET_NAME, "utf8mb4");
  if (source.dsn.tls) {
    const my_bool yes = 1;
    const std::string& ca = source.dsn.authorities;
    ::mysql_options(db, MYSQL_OPT_SSL_ENFORCE, &yes);
    ::mysql_options(db, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &yes);
    ::mysql_options(db, MYSQL_OPT_SSL_CA,
                    ca.empty() ? "/etc/ssl/certs/ca-certificates.crt" : ca.c_str());
  }
  const auto or_null = [](const std::string& text) {
    return text.empty() ? nullptr : text.c_str();
  };
  if (!::mysql_real_connect(db, or_null(source.dsn.host), source.user.c_str(),
                            source.password.c_str(), source.dsn.database.c_str(), source.dsn.port,
                            or_null(source.dsn.socket), 0))
    return std::unexpected(failed("connect", ::mysql_error(db)));
  return database;
}

/// The row of a name and a domain, both in lower case; none if there is none. The database may take
/// letters for the same that are not (its collation), so what it finds is compared once more.
FoundPassword read_row(MYSQL* database, std::string name, std::string domain) {
  constexpr std::string_view query =
      "SELECT pw_name, pw_domain, pw_passwd, pw_clear_passwd FROM vpopmail"
      " WHERE pw_name = ? AND pw_domain = ? LIMIT 16";
  const Statement owner(::mysql_stmt_init(database));
  if (!owner) return std::unexpected(failed("query", "no memory"));
  MYSQL_STMT* const statement = owner.get();
  const auto trouble = [&] {
    return std::unexpected(failed("query", ::mysql_stmt_error(statement)));
  };
  std::array<MYSQL_BIND, 2> wanted{};
  bind_text(wanted[0], name);
  bind_text(wanted[1], domain);
  Column found_name, found_domain, hash, clear;
  std::array<MYSQL_BIND, 4> found{};
  found_name.bind(found[0]);
  found_domain.bind(found[1]);
  hash.bind(found[2]);
  clear.bind(found[3]);
  if (::mysql_stmt_prepare(statement, query.data(), query.size()) != 0 ||
      ::mysql_stmt_bind_param(statement, wanted.data()) || ::mysql_stmt_execute(statement) != 0 ||
      ::mysql_stmt_bind_result(statement, found.data()))
    return trouble();
  while (true) {
    const int status = ::mysql_stmt_fetch(statement);
    if (status == MYSQL_NO_DATA) return std::nullopt;
    if (status == MYSQL_DATA_TRUNCATED)
      return std::unexpected(failed("query", "a column is longer than it can be"));
    if (status != 0) return trouble();
    if (lower(found_name.text()) != name || lower(found_domain.text()) != domain) continue;
    StoredPassword stored;
    if (!clear.text().empty()) stored.credentials.password = clear.text();
    if (!hash.text().empty()) stored.hash = hash.text();
    return stored;
  }
}

}  // namespace

/// Knows users by vpopmail's table in MariaDB or MySQL. See doc/plugins/auth/auth_vpopmail_sql.md.
class AuthVpopmailSql final : public VpopmailStore {
 public:
  explicit AuthVpopmailSql(PluginContext& ctx)
      : VpopmailStore(ctx), timeout_(static_cast<unsigned>(ctx.args.number("timeout", 5, 1, 60))) {}

  void on_check() {
    const auto source = read_source();
    if (!source) return ctx().problem(source.error().what);
    check_secrecy(ctx(), "vpopmail_mysql_pass", "the password of the database");
    if (!source->dsn.is_local() && !source->dsn.tls)
      ctx().log(Level::warn, "passwords from the database on " + printable(source->dsn.host) +
                                 " cross the network in clear without mysql_ssl=1");
  }

 private:
  /// Errors: config, io.
  std::expected<DatabaseSettings, Error> read_source() {
    const auto lines = ctx().find_config("vpopmail_mysql_dsn");
    const auto users = ctx().find_config("vpopmail_mysql_user");
    const auto passwords = ctx().find_config("vpopmail_mysql_pass");
    for (const auto* each : {&lines, &users, &passwords}) {
      if (!*each) return std::unexpected(each->error());
    }
    const auto value = [](const std::vector<ConfigLine>& all, const char* usual) {
      return all.empty() ? std::string(usual) : all.front().text;
    };
    auto dsn = parse_dsn(value(**lines, "dbi:mysql:dbname=vpopmail;host=127.0.0.1"));
    if (!dsn)
      return std::unexpected(Error{Errc::config, (*lines)->front().where() + ": " + dsn.error()});
    return DatabaseSettings{.dsn = *std::move(dsn),
                            .user = value(**users, "vpopmailuser"),
                            .password = value(**passwords, "vpoppasswd")};
  }

  /// Errors: config, io.
  FoundPassword find_mailbox(const std::string& name, const std::string& domain) override {
    const auto source = read_source();
    if (!source) return std::unexpected(source.error());
    const QuietPipes quiet;
    const auto database = connect(*source, timeout_);
    if (!database) return std::unexpected(database.error());
    return read_row(database->get(), name, domain);
  }

  unsigned timeout_;  // seconds, for each step
};

SMTPD_PLUGIN(AuthVpopmailSql, "auth/auth_vpopmail_sql", password, credentials, auth_mechanisms,
             check)

}  // namespace smtpd
