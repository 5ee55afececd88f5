package event

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/myevents/myevents/platform/fault"
)

// rules gathers the violations of a request, so that one answer names all of them.
type rules struct{ broken []fault.Field }

func (r *rules) require(ok bool, field, rule string) {
	if !ok {
		r.broken = append(r.broken, fault.Field{Field: field, Rule: rule})
	}
}

// text requires a text that is not blank and has at most limit characters.
func (r *rules) text(field, value string, limit int) {
	n := utf8.RuneCountInString(value)
	r.require(n >= 1 && n <= limit, field, fmt.Sprintf("must have 1 to %d characters", limit))
}

func (r *rules) err() error {
	if len(r.broken) == 0 {
		return nil
	}
	return fault.InvalidFields(r.broken...)
}

// trim takes the white space off both ends: " Jazz" and "Jazz" are one name, and blank is none.
func trim(s string) string { return strings.TrimSpace(s) }

// isCurrency accepts the form of an ISO 4217 code. The codes themselves change too often to be listed here.
func isCurrency(code string) bool {
	return len(code) == 3 && strings.Trim(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}

func isCountry(code string) bool {
	return len(code) == 2 && code[0] != ' ' && code[1] != ' ' && strings.Contains(countries, code)
}

// countries are the assigned codes of ISO 3166-1 alpha-2. The spaces between them keep two halves from making a third.
const countries = "" +
	"AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC CD " +
	"CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF " +
	"GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN " +
	"KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA " +
	"NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI " +
	"SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI " +
	"VN VU WF WS YE YT ZA ZM ZW"
