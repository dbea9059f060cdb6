#include "lib/kit/list_rules.hpp"

#include <boost/test/unit_test.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "lib/kit/lists.hpp"

using namespace smtpd;

namespace {

using Patterns = ListForm::Patterns;

std::vector<ConfigLine> lines_of(std::initializer_list<std::string_view> texts) {
  std::vector<ConfigLine> lines;
  for (const std::string_view text : texts)
    lines.push_back({std::string(text), "list", static_cast<unsigned>(lines.size() + 1)});
  return lines;
}

Address address(std::string_view path) {
  const auto parsed = Address::parse(path, Address::Grammar::lenient);
  BOOST_REQUIRE_MESSAGE(parsed.has_value(), path);
  return *parsed;
}

/// The number of the line that fits; 0 for none.
template <class Rules, class Subject>
unsigned line_for(Rules& rules, const Subject& subject) {
  const auto line = rules.find(subject);
  BOOST_REQUIRE(line.has_value());
  return *line ? (*line)->line : 0;
}

std::string joined(const std::vector<std::string>& texts) {
  std::string all;
  for (const std::string& text : texts) all += (all.empty() ? "" : "|") + text;
  return all;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(list_rules)

BOOST_AUTO_TEST_CASE(parts_of_a_line) {
  const struct {
    std::string_view line, entry, behind;
  } cases[] = {
      {"a@b", "a@b", ""},
      {"a@b text", "a@b", "text"},
      {"a@b \t two  words", "a@b", "two  words"},
      {"a@b\ttext", "a@b", "text"},
      {"", "", ""},
  };
  for (const auto& c : cases) {
    const ListLine parts = split_list_line(c.line);
    BOOST_TEST(parts.entry == c.entry, c.line);
    BOOST_TEST(parts.behind == c.behind, c.line);
  }
}

BOOST_AUTO_TEST_CASE(addresses) {
  const auto lines = lines_of({
      "anna@example.com no thanks",  // 1
      "@Bad.Example",                // 2
      "/^x\\d+@/",                   // 3
      "^root@",                      // 4
      "Carl+news@example.com",       // 5
      "%",                           // 6
      "!",                           // 7
      "@.*@",                        // 8
      "a\"b@example.com",            // 9
      "\\.test$",                    // 10
  });
  AddressRules rules(lines, {});
  const struct {
    std::string_view path;
    unsigned line;
  } cases[] = {
      {"<anna@example.com>", 1},
      {"<ANNA@EXAMPLE.COM>", 1},
      {"<xanna@example.com>", 0},
      {"<anna@example.com.net>", 0},
      {"<any@bad.example>", 2},
      {"<any@sub.bad.example>", 0},
      {"<x12@example.org>", 3},
      {"<X12@example.org>", 3},
      {"<x@example.org>", 0},
      {"<Root@example.org>", 4},
      {"<aroot@example.org>", 0},
      {"<carl+news@example.com>", 5},
      {"<carllnews@example.com>", 5},
      {"<user%host@example.org>", 6},
      {"<host!user@example.org>", 7},
      {"<\"a@b\"@example.org>", 8},
      {"<\"a\\\"b\"@example.com>", 9},
      {"<u@example.test>", 10},
      {"<postmaster>", 0},
      {"<>", 0},
  };
  for (const auto& c : cases) BOOST_TEST(line_for(rules, address(c.path)) == c.line, c.path);
  BOOST_TEST(!rules.problems().any());
}

BOOST_AUTO_TEST_CASE(forms_of_entries) {
  const auto lines = lines_of({"a+b@example.com", "/a/", "host.example", "postmaster"});
  const struct {
    ListForm form;
    std::string_view path;
    unsigned line;
  } cases[] = {
      {{.patterns = Patterns::by_sign}, "<aab@example.com>", 1},
      {{.patterns = Patterns::in_slashes}, "<aab@example.com>", 2},
      {{.patterns = Patterns::in_slashes}, "<a+b@example.com>", 1},
      {{.patterns = Patterns::none}, "<a@example.com>", 0},
      {{.patterns = Patterns::none}, "<u@host.example>", 0},
      {{.patterns = Patterns::none, .hosts = ListForm::Hosts::with_or_without_at},
       "<u@HOST.example>",
       3},
  };
  for (const auto& c : cases) {
    AddressRules rules(lines, c.form);
    BOOST_TEST(line_for(rules, address(c.path)) == c.line, c.path);
  }
}

BOOST_AUTO_TEST_CASE(malformed_addresses) {
  const auto lines = lines_of({"anna", "anna@ text", "@", "b@example.com", "(*"});
  AddressRules rules(lines, {});
  BOOST_TEST(joined(rules.problems().take()) ==
             "list:1: that is no address, @host or pattern: anna|"
             "list:2: that is no address, @host or pattern: anna@ text|"
             "list:3: that is no address, @host or pattern: @");
  BOOST_TEST(rules.problems().take().empty());
  BOOST_TEST(line_for(rules, address("<b@example.com>")) == 4U);
  BOOST_TEST(rules.problems().take().empty());  // the pattern has not been needed yet
  BOOST_TEST(line_for(rules, address("<c@example.com>")) == 0U);
  const auto late = rules.problems().take();
  BOOST_REQUIRE(late.size() == 1);
  BOOST_TEST(late[0].starts_with("list:5: malformed pattern: "));
  BOOST_TEST(line_for(rules, address("<d@example.com>")) == 0U);
  BOOST_TEST(rules.problems().take().empty());  // each is reported once
  rules.compile();
  BOOST_TEST(rules.problems().take().empty());
  BOOST_TEST(rules.problems().any());

  AddressRules others(lines, {});
  others.compile();
  BOOST_TEST(others.problems().take().size() == 4);
}

BOOST_AUTO_TEST_CASE(a_pattern_that_is_given_up) {
  const auto lines = lines_of({"^(a+)+$", "b@example.com"});
  AddressRules rules(lines, {});
  const auto answer = rules.find(address("<" + std::string(60, 'a') + "@example.com>"));
  BOOST_REQUIRE(!answer.has_value());
  BOOST_TEST((answer.error().code == Errc::limit));
  BOOST_TEST(
      answer.error().what.starts_with("list:1: the match of pattern '^(a+)+$' was given up"));
  BOOST_TEST(line_for(rules, address("<b@example.com>")) == 2U);
}

BOOST_AUTO_TEST_CASE(domains) {
  const auto lines = lines_of({"example.com", ".Example.ORG text", "[192.0.2.1]", "*.example.net",
                               "u@example.net", "[IPv6:2001:db8::1]"});
  DomainRules rules(lines, {});
  const struct {
    std::string_view host;
    unsigned line;
  } cases[] = {
      {"example.com", 1},        {"EXAMPLE.com", 1},
      {"a.example.com", 0},      {"a.example.org", 2},
      {"a.b.example.org", 2},    {"example.org", 0},
      {"xexample.org", 0},       {"[192.0.2.1]", 3},
      {"a.example.net", 0},      {"", 0},
      {"[ipv6:2001:db8::1]", 6},
  };
  for (const auto& c : cases) BOOST_TEST(line_for(rules, c.host) == c.line, c.host);
  BOOST_TEST(joined(rules.problems().take()) ==
             "list:4: that is no domain: *.example.net|list:5: that is no domain: u@example.net");
}

BOOST_AUTO_TEST_CASE(clients) {
  const auto lines = lines_of({"192.0.2.7 one", "192.0.2.", "2001:db8::/32 three", "example.com"});
  ClientRules rules(lines, {});
  const struct {
    std::string_view client;
    unsigned line;
  } cases[] = {{"192.0.2.7", 1}, {"192.0.2.8", 2}, {"2001:db8:1::1", 3}, {"198.51.100.1", 0}};
  for (const auto& c : cases)
    BOOST_TEST(line_for(rules, *IpAddress::parse(c.client)) == c.line, c.client);
  BOOST_TEST(joined(rules.problems().take()) ==
             "list:4: that is no address or network: example.com");
}

BOOST_AUTO_TEST_CASE(names_in_maps) {
  const ListForm with_hosts{.hosts = ListForm::Hosts::with_or_without_at};
  BOOST_TEST(joined(AddressRules::names(address("<Anna@Example.com>"), {})) ==
             "anna@example.com|@example.com");
  BOOST_TEST(joined(AddressRules::names(address("<a@b.test>"), with_hosts)) ==
             "a@b.test|@b.test|b.test");
  BOOST_TEST(joined(AddressRules::names(address("<postmaster>"), {})) == "postmaster");
  BOOST_TEST(joined(DomainRules::names("A.b.example.COM", {})) ==
             "a.b.example.com|.b.example.com|.example.com|.com");
  BOOST_TEST(joined(DomainRules::names("localhost", {})) == "localhost");
  BOOST_TEST(joined(DomainRules::names("", {})) == "");
  BOOST_TEST(joined(ClientRules::names(*IpAddress::parse("192.0.2.7"), {})) ==
             "192.0.2.7|192.0.2.|192.0.|192.");
}

BOOST_AUTO_TEST_CASE(results) {
  const struct {
    std::string_view text;
    Verdict verdict;
    std::string_view own;
  } cases[] = {
      {"DENY", Verdict::deny, ""},
      {"deny  no such user", Verdict::deny, "no such user"},
      {"OK", Verdict::ok, ""},
      {"DenySoft\tlater", Verdict::denysoft, "later"},
      {"DECLINED", Verdict::declined, ""},
      {"DENY_DISCONNECT x", Verdict::deny_disconnect, "x"},
      {"DENYSOFT_DISCONNECT", Verdict::denysoft_disconnect, ""},
      {"DENYHARD", Verdict::deny_disconnect, ""},
  };
  for (const auto& c : cases) {
    const auto result = to_result(c.text);
    BOOST_REQUIRE_MESSAGE(result.has_value(), c.text);
    BOOST_TEST((result->verdict == c.verdict), c.text);
    BOOST_TEST(result->text == c.own, c.text);
  }
  const struct {
    std::string_view text, problem;
  } wrong[] = {
      {"", "a result such as DENY is missing"},
      {"DENNY x", "'DENNY' is no result; did you mean 'DENY'?"},
      {"denysft", "'denysft' is no result; did you mean 'DENYSOFT'?"},
      {"No_such_user", "'No_such_user' is no result; results are DENY, DENYSOFT, OK, DECLINED"},
      {"DONE", "'DONE' is no result; did you mean 'DENY'?"},
  };
  for (const auto& c : wrong) {
    const auto result = to_result(c.text);
    BOOST_REQUIRE_MESSAGE(!result.has_value(), c.text);
    BOOST_TEST(result.error().what == c.problem);
  }
}

BOOST_AUTO_TEST_SUITE_END()
