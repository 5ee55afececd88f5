package stack

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/myevents/myevents/containers"
)

// Choice says what the services run on.
type Choice struct {
	Broker string // nats, rabbitmq, kafka or sqs
	Store  string // sqlite, mongodb or dynamodb; a service that has no adapter for it stays with sqlite
	Search string // bleve or elasticsearch
}

func (c Choice) String() string { return c.Broker + "-" + c.Store + "-" + c.Search }

// plan is what has to run for a choice.
type plan struct {
	broker    containers.Part
	forgetful bool // the broker keeps nothing over a restart
	stores    []containers.Part
	services  []containers.Part
}

// settings are environment variables of services.
type settings map[string]string

// needs is what a choice of one kind brings: a part, if it takes one, and what the services are told.
type needs struct {
	parts []containers.Part
	tell  map[string]settings // by service; "" stands for all of them
}

func (c Choice) plan() (plan, error) {
	broker, err := pick("BROKER", c.Broker, brokers())
	if err != nil {
		return plan{}, err
	}
	store, err := pick("STORE", c.Store, stores())
	if err != nil {
		return plan{}, err
	}
	index, err := pick("SEARCH", c.Search, indexes())
	if err != nil {
		return plan{}, err
	}
	p := plan{broker: broker.parts[0], forgetful: c.Broker == "sqs", stores: append(store.parts, index.parts...)}
	for _, name := range serviceNames() {
		env := common(name)
		for _, n := range []needs{broker, store, index} {
			maps.Copy(env, n.tell[""])
			maps.Copy(env, n.tell[name])
		}
		p.services = append(p.services, service(name, env))
	}
	return p, nil
}

// alter lets others change the parts that the telemetry is about.
func (p *plan) alter(by []func(*containers.Part) error) error {
	for _, change := range by {
		if err := change(&p.broker); err != nil {
			return err
		}
		for _, parts := range [][]containers.Part{p.stores, p.services} {
			for i := range parts {
				if err := change(&parts[i]); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func pick(what, name string, from map[string]needs) (needs, error) {
	n, known := from[name]
	if !known {
		return needs{}, fmt.Errorf("%s is %q, must be one of %s", what, name, strings.Join(slices.Sorted(maps.Keys(from)), ", "))
	}
	return n, nil
}

func brokers() map[string]needs {
	broker := func(part containers.Part, url string) needs {
		return needs{[]containers.Part{part}, map[string]settings{"": {"BROKER_URL": url}}}
	}
	sqs := broker(containers.AWS(), "aws://us-east-1?endpoint=http://aws:5000&visibility=5s")
	maps.Copy(sqs.tell[""], anyCredentials())
	return map[string]needs{
		"nats":     broker(containers.NATS(), "nats://nats:4222?sync_lag=1s"),
		"rabbitmq": broker(containers.RabbitMQ(), "amqp://"+containers.RabbitMQUser+":"+containers.RabbitMQPassword+"@rabbitmq:5672/"),
		"kafka":    broker(containers.Kafka(), "kafka://kafka:9092"),
		"sqs":      sqs,
	}
}

func stores() map[string]needs {
	mongodb := needs{[]containers.Part{containers.MongoDB()}, map[string]settings{}}
	for _, name := range []string{"identity", "event", "booking", "search"} {
		mongodb.tell[name] = settings{"STORE": "mongodb://mongodb:27017/" + name}
	}
	dynamodb := needs{[]containers.Part{containers.DynamoDB()}, map[string]settings{"": anyCredentials()}}
	for _, name := range []string{"event", "booking"} {
		dynamodb.tell[name] = settings{"STORE": "dynamodb://us-east-1/" + name + "?endpoint=http://dynamodb:8000"}
	}
	return map[string]needs{"sqlite": {}, "mongodb": mongodb, "dynamodb": dynamodb}
}

func indexes() map[string]needs {
	elasticsearch := needs{
		[]containers.Part{containers.Elasticsearch()},
		map[string]settings{"search": {"INDEX": "elasticsearch:http://elasticsearch:9200/search"}},
	}
	return map[string]needs{"bleve": {}, "elasticsearch": elasticsearch}
}

// anyCredentials are what the stand-ins of Amazon's services take, as they take any others.
func anyCredentials() settings {
	return settings{"AWS_ACCESS_KEY_ID": "any", "AWS_SECRET_ACCESS_KEY": "any"}
}
