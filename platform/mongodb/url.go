package mongodb

import (
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/connstring"
)

// target is what a URL names.
type target struct {
	hosts    []string
	database string
}

// parameters are those of the driver that say how a server is reached. Those that say how safe a write is, or how stale a
// read, are not among them: that is not the operator's choice.
func parameters() []string {
	return []string{
		"authMechanism", "authMechanismProperties", "authSource", "compressors", "directConnection", "maxIdleTimeMS",
		"maxPoolSize", "minPoolSize", "replicaSet", "tls", "tlsCAFile", "tlsCertificateKeyFile", "tlsCertificateKeyFilePassword",
		"tlsInsecure",
	}
}

// parse checks the URL. Its errors hold neither the URL nor a part of it that could be a password.
func parse(raw string) (target, error) {
	if !strings.HasPrefix(raw, "mongodb://") {
		return target{}, fmt.Errorf("the URL must be %s", form)
	}
	if _, query, ok := strings.Cut(raw, "?"); ok {
		if err := checkParameters(query); err != nil {
			return target{}, err
		}
	}
	c, err := connstring.ParseAndValidate(raw)
	if err != nil {
		// The driver's own words may quote what stands before the @.
		return target{}, fmt.Errorf("the URL cannot be read, it must be %s", form)
	}
	if c.Database == "" {
		return target{}, fmt.Errorf("the URL names no database, it must be %s", form)
	}
	return target{hosts: c.Hosts, database: c.Database}, nil
}

const form = "mongodb://[user:password@]host[:port][,host...]/database[?option=value...], with user and password percent-encoded"

func checkParameters(query string) error {
	values, err := url.ParseQuery(query)
	if err != nil {
		return errors.New("the parameters of the URL cannot be read")
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if !slices.Contains(parameters(), name) {
			return fmt.Errorf("the URL's parameter %q is not known, known are %s", name, strings.Join(parameters(), ", "))
		}
	}
	return nil
}
