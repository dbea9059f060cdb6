#include "lib/mail/header_text.hpp"

#include <boost/test/unit_test.hpp>
#include <string>

#include "lib/base/utf8.hpp"
#include "lib/mail/header_list.hpp"

using smtpd::header_text;

BOOST_AUTO_TEST_SUITE(header_texts)

BOOST_AUTO_TEST_CASE(what_a_reader_sees) {
  const struct {
    std::string_view value, text;
  } cases[] = {
      {"", ""},
      {" plain  text ", "plain  text"},
      {"folded\n here\n\tand there", "folded here and there"},
      // RFC 2047 8
      {"=?US-ASCII?Q?Keith_Moore?= <moore@cs.utk.edu>", "Keith Moore <moore@cs.utk.edu>"},
      {"=?ISO-8859-1?Q?Keld_J=F8rn_Simonsen?=", "Keld J\xc3\xb8rn Simonsen"},
      {"=?ISO-8859-1?B?SWYgeW91IGNhbiByZWFkIHRoaXMgeW8=?=\n =?ISO-8859-2?B?x?= z",
       "If you can read this yo =?ISO-8859-2?B?x?= z"},
      {"(=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?=)", "(ab)"},
      {"(=?ISO-8859-1?Q?a?=\n  =?ISO-8859-1?Q?_b?=) c", "(a b) c"},
      {"=?utf-8?q?a?= b =?utf-8?q?c?=", "a b c"},
      {"=?utf-8*de?q?gr=C3=BC=C3=9Fe?=",
       "gr\xc3\xbc\xc3\x9f"
       "e"},
      // a character in two words
      {"=?utf-8?B?w4M=?= =?UTF-8?Q?=C3?= =?utf8?Q?=A4?=", "\xc3\x83\xc3\xa4"},
      {"=?windows-1252?Q?=80_=93?=", "\xe2\x82\xac \xe2\x80\x9c"},
      {"=?iso-8859-15?Q?=A4=E9?=", "\xe2\x82\xac\xc3\xa9"},
      {"=?iso-8859-1?Q?a=81b?=", "a b"},
      {"raw \xc3\xa4 and \xe4", "raw \xc3\xa4 and ?"},
      {"=?utf-8?Q?=FF?=", "?"},
      {"=?utf-8?Q?a=0D=0AX:_b=00?=", "a  X: b"},
      {"=?utf-8?Q?a=3", "=?utf-8?Q?a=3"},
      {"=?utf-8?Q?=ZZ=?=", "=ZZ="},
      {"=?utf-8?X?a?=", "=?utf-8?X?a?="},
      {"=?utf-8?B?*?=", "=?utf-8?B?*?="},
      {"=?koi8-r?B?8A==?=", "=?koi8-r?B?8A==?="},
      {"=?utf-8?Q?two words?=", "=?utf-8?Q?two words?="},
      {"=?=?utf-8?Q?x?=", "=?x"},
  };
  for (const auto& c : cases) BOOST_TEST(header_text(c.value) == c.text, c.value);
}

BOOST_AUTO_TEST_CASE(it_is_bounded) {
  const std::string much = header_text(std::string(1 << 20, 'x'));
  BOOST_TEST(much.size() == smtpd::longest_header_text);
  std::string words;
  while (words.size() < 1 << 20) words += "=?iso-8859-15?Q?\xa4\xa4?= ";
  const std::string text = header_text(words);
  BOOST_TEST(text.size() <= 3 * smtpd::longest_header_text);
  BOOST_TEST(smtpd::is_utf8(text));
  BOOST_TEST(header_text(std::string(1 << 20, '=')).size() == smtpd::longest_header_text);
  std::string openings;
  while (openings.size() < 1 << 20) openings += "=?a?Q?";
  BOOST_TEST(header_text(openings).size() == smtpd::longest_header_text);
}

BOOST_AUTO_TEST_CASE(of_a_field) {
  smtpd::HeaderList header;
  header.add_back("Subject", "=?utf-8?Q?caf=C3=A9?=");
  header.add_back("subject", "second");
  BOOST_TEST(header.text("SUBJECT").value_or("none") == "caf\xc3\xa9");
  BOOST_TEST(!header.text("To"));
}

BOOST_AUTO_TEST_SUITE_END()
