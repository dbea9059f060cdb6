#include "lib/mail/address.hpp"

#include <boost/test/unit_test.hpp>
#include <string>
#include <string_view>

using namespace std::literals;
using smtpd::Address;
using smtpd::Errc;
using Grammar = smtpd::Address::Grammar;

namespace {

const std::string a64(64, 'a'), a252(252, 'a'), d63(63, 'd');

/// `length` octets of labels of at most 63 octets.
std::string domain_of(std::size_t length) {
  std::string domain;
  while (domain.size() + 64 < length) domain += std::string(63, 'd') + '.';
  return domain + std::string(length - domain.size(), 'e');
}

}  // namespace

BOOST_AUTO_TEST_SUITE(address)

BOOST_AUTO_TEST_CASE(accepted_by_both_grammars) {
  const struct {
    std::string path, user, host, plain, text;
  } cases[] = {
      {"<>", "", "", "", "<>"},
      {"<postmaster>", "postmaster", "", "postmaster", "<postmaster>"},
      {"<PostMaster>", "postmaster", "", "postmaster", "<postmaster>"},
      {"<PostMaster@test>", "PostMaster", "test", "PostMaster@test", "<PostMaster@test>"},
      {"<foo@example.com>", "foo", "example.com", "foo@example.com", "<foo@example.com>"},
      {"<A.B@Ex-Ample.COM>", "A.B", "ex-ample.com", "A.B@ex-ample.com", "<A.B@ex-ample.com>"},
      {"<user@host>", "user", "host", "user@host", "<user@host>"},
      {"<a@1.2.3.4>", "a", "1.2.3.4", "a@1.2.3.4", "<a@1.2.3.4>"},
      {"<a@b--c.x>", "a", "b--c.x", "a@b--c.x", "<a@b--c.x>"},
      {"<!#$%&'*+-/=?^_`{|}~1.z@x.com>", "!#$%&'*+-/=?^_`{|}~1.z", "x.com",
       "!#$%&'*+-/=?^_`{|}~1.z@x.com", "<!#$%&'*+-/=?^_`{|}~1.z@x.com>"},
      // quoted strings
      {R"(<"a\"b"@x.com>)", R"(a"b)", "x.com", R"(a"b@x.com)", R"(<"a\"b"@x.com>)"},
      {R"(<"foo bar"@x.com>)", "foo bar", "x.com", "foo bar@x.com", R"(<"foo\ bar"@x.com>)"},
      {R"(<"foo\ bar"@x.com>)", "foo bar", "x.com", "foo bar@x.com", R"(<"foo\ bar"@x.com>)"},
      {R"(<"a@b"@c.com>)", "a@b", "c.com", "a@b@c.com", R"(<"a\@b"@c.com>)"},
      {R"(<"a>b"@c.com>)", "a>b", "c.com", "a>b@c.com", R"(<"a\>b"@c.com>)"},
      {R"(<"a\\b"@c.com>)", R"(a\b)", "c.com", R"(a\b@c.com)", R"(<"a\\b"@c.com>)"},
      {R"(<"abc"@x.com>)", "abc", "x.com", "abc@x.com", "<abc@x.com>"},
      {R"(<"a..b"@x.com>)", "a..b", "x.com", "a..b@x.com", R"(<"a..b"@x.com>)"},
      {R"(<".a"@x.com>)", ".a", "x.com", ".a@x.com", R"(<".a"@x.com>)"},
      {R"(<""@x.com>)", "", "x.com", "@x.com", R"(<""@x.com>)"},
      // address literals
      {"<a@[192.0.2.1]>", "a", "[192.0.2.1]", "a@[192.0.2.1]", "<a@[192.0.2.1]>"},
      {"<a@[0.255.010.1]>", "a", "[0.255.010.1]", "a@[0.255.010.1]", "<a@[0.255.010.1]>"},
      {"<a@[IPv6:::1]>", "a", "[IPv6:::1]", "a@[IPv6:::1]", "<a@[IPv6:::1]>"},
      {"<a@[ipv6:::1]>", "a", "[IPv6:::1]", "a@[IPv6:::1]", "<a@[IPv6:::1]>"},
      {"<a@[IPv6:2001:DB8::FF]>", "a", "[IPv6:2001:db8::ff]", "a@[IPv6:2001:db8::ff]",
       "<a@[IPv6:2001:db8::ff]>"},
      {"<a@[IPv6:::ffff:192.0.2.1]>", "a", "[IPv6:::ffff:192.0.2.1]", "a@[IPv6:::ffff:192.0.2.1]",
       "<a@[IPv6:::ffff:192.0.2.1]>"},
      // source routes
      {"<@h1:a@b.com>", "a", "b.com", "a@b.com", "<a@b.com>"},
      {"<@h1,@h2.example:a@b.com>", "a", "b.com", "a@b.com", "<a@b.com>"},
      {R"(<@h1:"a@b"@c.com>)", "a@b", "c.com", "a@b@c.com", R"(<"a\@b"@c.com>)"},
      // the longest
      {"<" + a64 + "@x.com>", a64, "x.com", a64 + "@x.com", "<" + a64 + "@x.com>"},
      {"<" + a252 + "@x>", a252, "x", a252 + "@x", "<" + a252 + "@x>"},
      {"<a@" + d63 + ".com>", "a", d63 + ".com", "a@" + d63 + ".com", "<a@" + d63 + ".com>"},
      {"<a@" + domain_of(252) + ">", "a", domain_of(252), "a@" + domain_of(252),
       "<a@" + domain_of(252) + ">"},
  };
  for (const auto& c : cases) {
    for (const Grammar grammar : {Grammar::strict, Grammar::lenient}) {
      BOOST_TEST_CONTEXT(c.path) {
        const auto address = Address::parse(c.path, grammar);
        BOOST_TEST_REQUIRE(address.has_value());
        BOOST_TEST(address->user() == c.user);
        BOOST_TEST(address->host() == c.host);
        BOOST_TEST(address->plain() == c.plain);
        BOOST_TEST(address->text() == c.text);
        BOOST_TEST(address->is_null() == (c.path == "<>"));
        BOOST_TEST((Address::parse(address->text()) == *address));
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(accepted_by_lenient_only) {
  const struct {
    std::string path, user, host, text;
  } cases[] = {
      {"<ask @perl.org>", "ask ", "perl.org", R"(<"ask\ "@perl.org>)"},
      {"<foo bar@x.com>", "foo bar", "x.com", R"(<"foo\ bar"@x.com>)"},
      {"<foo\"bar@x.com>", "foo\"bar", "x.com", R"(<"foo\"bar"@x.com>)"},
      {"<a(c)@x.com>", "a(c)", "x.com", "<\"a\\(c\\)\"@x.com>"},
      {"<a@b@C.com>", "a@b", "c.com", R"(<"a\@b"@c.com>)"},
      {"<a\\@x.com>", "a\\", "x.com", R"(<"a\\"@x.com>)"},
      {"<foo.@x.com>", "foo.", "x.com", R"(<"foo."@x.com>)"},
      {"<fo..o@x.com>", "fo..o", "x.com", R"(<"fo..o"@x.com>)"},
      {"<@h1:ask @x.com>", "ask ", "x.com", R"(<"ask\ "@x.com>)"},
  };
  for (const auto& c : cases) {
    BOOST_TEST_CONTEXT(c.path) {
      const auto strict = Address::parse(c.path);
      BOOST_TEST_REQUIRE(!strict.has_value());
      BOOST_TEST((strict.error().code == Errc::syntax));
      BOOST_TEST(strict.error().what == "local part is malformed");
      const auto address = Address::parse(c.path, Grammar::lenient);
      BOOST_TEST_REQUIRE(address.has_value());
      BOOST_TEST(address->user() == c.user);
      BOOST_TEST(address->host() == c.host);
      BOOST_TEST(address->plain() == c.user + "@" + c.host);
      BOOST_TEST(address->text() == c.text);
      BOOST_TEST((Address::parse(address->text()) == *address));
    }
  }
}

BOOST_AUTO_TEST_CASE(domains_accepted_by_lenient_only) {
  const struct {
    std::string_view path, text, what;
  } cases[] = {
      {"<a@b_c.com>", "<a@b_c.com>", "domain is malformed"},
      {"<a@_b_.C_>", "<a@_b_.c_>", "domain is malformed"},
      {"<a@X.com.>", "<a@x.com>", "domain is malformed"},
      {"<@h_1,@h2.:a@b.com>", "<a@b.com>", "source route is malformed"},
  };
  for (const auto& c : cases) {
    BOOST_TEST_CONTEXT(c.path) {
      const auto strict = Address::parse(c.path);
      BOOST_TEST_REQUIRE(!strict.has_value());
      BOOST_TEST((strict.error().code == Errc::syntax));
      BOOST_TEST(strict.error().what == c.what);
      const auto address = Address::parse(c.path, Grammar::lenient);
      BOOST_TEST_REQUIRE(address.has_value());
      BOOST_TEST(address->text() == c.text);
      BOOST_TEST((Address::parse(address->text(), Grammar::lenient) == *address));
    }
  }
  for (const std::string_view path : {"<a@.>", "<a@x.com..>", "<a@_-.com>", "<a@-_.com>"})
    BOOST_TEST(!Address::parse(path, Grammar::lenient), path);
}

BOOST_AUTO_TEST_CASE(refused_by_both_grammars) {
  const std::string_view no_brackets = "address is not in angle brackets";
  const std::string_view no_domain = "address has no domain";
  const std::string_view octets = "address has a control or 8-bit character in it";
  const std::string_view local = "local part is malformed";
  const std::string_view domain = "domain is malformed";
  const std::string_view literal = "address literal is malformed";
  const std::string_view route = "source route is malformed";
  const std::string long_label = "<a@d" + d63 + ".com>";
  const struct {
    std::string_view path, what;
  } cases[] = {
      {"", no_brackets},
      {"<", no_brackets},
      {">", no_brackets},
      {"foo@x.com", no_brackets},
      {"<foo@x.com", no_brackets},
      {"foo@x.com>", no_brackets},
      {"<a@b.com> ", no_brackets},
      {" <a@b.com>", no_brackets},
      {"<a@b.com>\n", no_brackets},
      {"postmaster", no_brackets},
      {"><", no_brackets},
      {"<abuse>", no_domain},
      {"< >", no_domain},
      {"<postmaster >", no_domain},
      {"<[undefined]>", no_domain},
      // octets that are no printable ASCII, wherever they are
      {"<a\0b@x.com>"sv, octets},
      {"<a\tb@x.com>", octets},
      {"<a\x7f@x.com>", octets},
      {"<\"a\x01\"@x.com>", octets},
      {"<\"a\\\x01\"@x.com>", octets},
      {"<a\xe4@x.com>", octets},
      {"<\xe4@x.com>", octets},
      {"<a@\xe4.com>", octets},
      {"<a@x\0.com>"sv, octets},
      {"<\"a\xc3\xa4\"@x.com>", octets},
      {"<a@b\r.com>", octets},
      {"<a@[IPv6:::1\0]>"sv, octets},
      // local parts
      {"<@x.com:>", no_domain},
      {"<.foo@x.com>", local},
      {"<(a)@x.com>", local},
      {"< a@b.com>", local},
      {"<<a@b.com>>", local},
      {"<a>b@c.com>", local},
      {"<a<b@c.com>", local},
      {"<\"a\"b@x.com>", local},
      {"<\"a@x.com>", local},
      {"<\"@x.com>", local},
      {"<\"a\\\"@x.com>", local},
      {"<\"a\"b\"@x.com>", local},
      {"<\\a@x.com>", local},
      {"<a@b.com>c@d.com>", local},
      // domains
      {"<a@>", domain},
      {"<a@.x.com>", domain},
      {"<a@x..com>", domain},
      {"<a@-x.com>", domain},
      {"<a@x-.com>", domain},
      {"<a@x.com->", domain},
      {"<a@b.com >", domain},
      {"<a@ b.com>", domain},
      {"<user@example.com#>", domain},
      {"<a@x.com..>", domain},
      {"<a@.>", domain},
      {"<a@x-_.-com>", domain},
      {long_label, domain},
      {"<a@exa mple.com>", domain},
      {"<a@exa,mple.com>", domain},
      {"<a@exa#mple.com>", domain},
      {"<a@x.com>>", domain},
      {"<a@x.com]>", domain},
      {"<#@[]>", literal},
      // address literals
      {"<a@[999.2.3.4]>", literal},
      {"<a@[256.1.1.1]>", literal},
      {"<a@[1.2.3]>", literal},
      {"<a@[1.2.3.4.5]>", literal},
      {"<a@[1.2.3.]>", literal},
      {"<a@[1..3.4]>", literal},
      {"<a@[0001.2.3.4]>", literal},
      {"<a@[+1.2.3.4]>", literal},
      {"<a@[ 1.2.3.4]>", literal},
      {"<a@[1.2.3.4>", literal},
      {"<a@[>", literal},
      {"<a@[1.2.3.4].com>", literal},
      {"<a@[X-y:z]>", literal},
      {"<a@[1.2.3.4].>", literal},
      {"<a@[::1]>", literal},
      {"<a@[IPv6:]>", literal},
      {"<a@[IPv6:1::2::3]>", literal},
      {"<a@[IPv6:1:2:3:4:5:6:7]>", literal},
      {"<a@[IPv6:1:2:3:4:5:6:7:8:9]>", literal},
      {"<a@[IPv6:12345::]>", literal},
      {"<a@[IPv6:g::]>", literal},
      {"<a@[IPv6:::256.1.1.1]>", literal},
      {"<a@[IPv6:1.2.3.4]>", literal},
      {"<a@[IPv6:::1%eth0]>", literal},
      {"<a@[IPv6 ::1]>", literal},
      // source routes
      {"<@x.com>", route},
      {"<@192.168.1.1>", route},
      {"<@:a@b.com>", route},
      {"<@h1,h2:a@b.com>", route},
      {"<@h1,:a@b.com>", route},
      {"<@[1.2.3.4]:a@b.com>", route},
      {"<h1:>", no_domain},
      {"<@h1:>", no_domain},
      {"<@h1:postmaster>", no_domain},
      {"<@h1:@h2:a@b.com>", local},
  };
  for (const auto& c : cases) {
    for (const Grammar grammar : {Grammar::strict, Grammar::lenient}) {
      BOOST_TEST_CONTEXT(c.path) {
        const auto address = Address::parse(c.path, grammar);
        BOOST_TEST_REQUIRE(!address.has_value());
        BOOST_TEST((address.error().code == Errc::syntax));
        BOOST_TEST(address.error().what == c.what);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(lengths) {
  const std::string routed = "@" + domain_of(200) + ":";
  const struct {
    std::string path, what;
  } cases[] = {
      {"<a" + a252 + "@x>", "path is longer than 256 octets"},
      {"<\"a" + std::string(250, 'a') + "\"@x>", "path is longer than 256 octets"},
      {"<" + std::string(257, 'a') + "@x>", "local part is longer than 256 octets"},
      {"<a@" + domain_of(256) + ">", "domain is longer than 255 octets"},
      {"<a@" + domain_of(255) + ">", "path is longer than 256 octets"},
      {"<ab@" + domain_of(252) + ">", "path is longer than 256 octets"},
      {"<" + routed + std::string(48, 'a') + "@x.com>", "path is longer than 256 octets"},
  };
  for (const auto& c : cases) {
    for (const Grammar grammar : {Grammar::strict, Grammar::lenient}) {
      BOOST_TEST_CONTEXT(c.path) {
        const auto address = Address::parse(c.path, grammar);
        BOOST_TEST_REQUIRE(!address.has_value());
        BOOST_TEST((address.error().code == Errc::too_long));
        BOOST_TEST(address.error().what == c.what);
      }
    }
  }
  BOOST_TEST(Address::parse("<\"" + std::string(250, 'a') + "\"@x>").has_value());
  for (const Grammar grammar : {Grammar::strict, Grammar::lenient}) {  // config strict_local_part
    for (const std::string& local_part : {a64, '"' + std::string(62, 'a') + '"'})
      BOOST_TEST(Address::parse("<" + local_part + "@x.com>", grammar, 64).has_value());
    for (const std::string& local_part : {'a' + a64, '"' + std::string(63, 'a') + '"'}) {
      const auto address = Address::parse("<" + local_part + "@x.com>", grammar, 64);
      BOOST_TEST_REQUIRE(!address.has_value());
      BOOST_TEST((address.error().code == Errc::too_long));
      BOOST_TEST(address.error().what == "local part is longer than 64 octets");
    }
  }
  BOOST_TEST(Address::parse("<" + routed + std::string(46, 'a') + "@x.com>").has_value());
}

BOOST_AUTO_TEST_CASE(quoting_never_makes_it_too_long) {
  const std::string blanks(40, ' '), host = domain_of(200);
  const std::string cases[] = {
      "<\"" + blanks + "\"@x.com>",
      "<\"" + std::string(62, ' ') + "\"@x.com>",
      "<\"" + std::string(248, ' ') + "\"@x.y>",
      "<\"" + std::string(30, ' ') + "\"@" + host + '>',
      "<\"" + std::string(58, ' ') + "\\\\\"@x.com>",
      "<\"" + std::string(60, ' ') + "\\\"\"@x.com>",
  };
  for (const std::string& path : cases) {
    BOOST_TEST_CONTEXT(path) {
      const auto address = Address::parse(path);
      BOOST_TEST_REQUIRE(address.has_value());
      BOOST_TEST((Address::parse(address->text()) == *address));
    }
  }
  BOOST_TEST(Address::parse(cases[0])->text() == cases[0]);
}

BOOST_AUTO_TEST_CASE(default_is_the_null_path) {
  BOOST_TEST(Address().is_null());
  BOOST_TEST(Address().text() == "<>");
  BOOST_TEST((Address() == Address::parse("<>")));
  BOOST_TEST(!Address::parse("<postmaster>")->is_null());
  BOOST_TEST(!Address::parse("<\"\"@x.com>")->is_null());
}

BOOST_AUTO_TEST_CASE(equality) {
  const Address address = Address::parse("<a@X.com>").value();
  BOOST_TEST((address == Address::parse("<\"a\"@x.COM>").value()));
  BOOST_TEST((address != Address::parse("<A@x.com>").value()));
  BOOST_TEST((address != Address::parse("<a@y.com>").value()));
}

BOOST_AUTO_TEST_CASE(details) {
  const struct {
    std::string_view path, without;
  } cases[] = {
      {"<anna+shop@example.com>", "<anna@example.com>"},
      {"<anna+a+b@example.com>", "<anna@example.com>"},
      {"<anna+@example.com>", "<anna@example.com>"},
      {"<+anna@example.com>", "none"},
      {"<+anna+x@example.com>", "<+anna@example.com>"},
      {"<++@example.com>", "<+@example.com>"},
      {"<anna@example.com>", "none"},
      {"<\"a b+c\"@example.com>", "<\"a\\ b\"@example.com>"},
      {"<postmaster>", "none"},
      {"<>", "none"},
  };
  for (const auto& c : cases) {
    const auto without = Address::parse(c.path)->without_detail('+');
    BOOST_TEST((without ? without->text() : "none") == c.without, c.path);
  }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_CASE(address_utf8) {
  const struct {
    std::string_view path, text, error;
  } rows[] = {
      {"<\xc3\xbc@b.test>", "<\xc3\xbc@b.test>", ""},
      {"<\"\xc3\xbc x\"@b.test>", "<\"\xc3\xbc\\ x\"@b.test>", ""},
      {"<a.\xc3\xbc@b.test>", "<a.\xc3\xbc@b.test>", ""},
      {"<u@b.test>", "<u@b.test>", ""},
      {"<a..\xc3\xbc@b.test>", "", "local part is malformed"},
      {"<\xc3\xbc@>", "", "domain is malformed"},
      {"<\xc3\xbc>", "", "address has no domain"},
      {"<a\xc2\x9b@b.test>", "", "address has a character in it that hides others"},
      {"<a\xe2\x80\xae@b.test>", "", "address has a character in it that hides others"},
      {"<a\x01\xc3\xbc@b.test>", "", "address has a character in it that hides others"},
  };
  for (const auto& row : rows) {
    const auto address = smtpd::Address::parse_utf8(row.path, smtpd::Address::Grammar::strict);
    BOOST_TEST((address ? address->text() : address.error().what) ==
               (row.error.empty() ? row.text : row.error));
  }
}
