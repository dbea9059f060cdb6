#include "plugins/auth/vpopmail_dsn.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(vpopmail_dsn)

BOOST_AUTO_TEST_CASE(right) {
  const auto usual = smtpd::parse_dsn("dbi:mysql:dbname=vpopmail;host=127.0.0.1");
  BOOST_REQUIRE(usual.has_value());
  BOOST_TEST(usual->database == "vpopmail");
  BOOST_TEST(usual->host == "127.0.0.1");
  BOOST_TEST(usual->port == 0);
  BOOST_TEST(usual->is_local());
  const auto whole = smtpd::parse_dsn(
      "DBI:MariaDB: database = users ; host=db.example.com;port=3307;mysql_ssl=1;"
      "mysql_ssl_ca_file=/etc/ssl/ca.pem;");
  BOOST_REQUIRE(whole.has_value());
  BOOST_TEST(whole->database == "users");
  BOOST_TEST(whole->host == "db.example.com");
  BOOST_TEST(whole->port == 3307);
  BOOST_TEST(whole->tls);
  BOOST_TEST(whole->authorities == "/etc/ssl/ca.pem");
  BOOST_TEST(!whole->is_local());
  const auto socket = smtpd::parse_dsn("dbi:mysql:mysql_socket=/run/my:sql.sock");
  BOOST_REQUIRE(socket.has_value());
  BOOST_TEST(socket->socket == "/run/my:sql.sock");
  BOOST_TEST(socket->is_local());
}

BOOST_AUTO_TEST_CASE(wrong) {
  const auto said = [](const char* text) {
    const auto dsn = smtpd::parse_dsn(text);
    return dsn ? std::string() : dsn.error();
  };
  BOOST_TEST(said("dbi:Pg:dbname=x").starts_with("a database is dbi:mysql:"));
  BOOST_TEST(said("vpopmail").starts_with("a database is dbi:mysql:"));
  BOOST_TEST(said("dbi:mysql:dbname") == "'dbname' is not NAME=VALUE");
  BOOST_TEST(said("dbi:mysql:dbname=") == "'dbname=' is not NAME=VALUE");
  BOOST_TEST(said("dbi:mysql:port=0") == "port is a number from 1 to 65535, not '0'");
  BOOST_TEST(said("dbi:mysql:port=65536") == "port is a number from 1 to 65535, not '65536'");
  BOOST_TEST(said("dbi:mysql:mysql_ssl=yes") == "mysql_ssl is 0 or 1, not 'yes'");
  BOOST_TEST(said("dbi:mysql:hots=x") == "there is no 'hots'; did you mean 'host'?");
}

BOOST_AUTO_TEST_SUITE_END()
