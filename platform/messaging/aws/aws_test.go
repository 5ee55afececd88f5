package aws_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/stretchr/testify/require"

	"github.com/myevents/myevents/platform/fault"
	"github.com/myevents/myevents/platform/messaging/aws"
)

// What needs no server is tested here. The rest is in the module containers/, on a server that stands in for Amazon's.

func TestParseURL(t *testing.T) {
	t.Parallel()
	o, err := aws.ParseURL("aws://eu-central-1")
	require.NoError(t, err)
	require.Equal(t, aws.Options{Region: "eu-central-1"}, o)
	o, err = aws.ParseURL("aws://us-east-1?endpoint=http://127.0.0.1:5000&prefix=staging-&visibility=1m&max_receives=7")
	require.NoError(t, err)
	require.Equal(t, aws.Options{
		Region: "us-east-1", Endpoint: "http://127.0.0.1:5000", Prefix: "staging-", Visibility: time.Minute, MaxReceives: 7,
	}, o)
	for name, test := range map[string]struct{ url, says string }{
		"no region":                   {"aws://?prefix=a", "host is missing"},
		"credentials":                 {"aws://key:secret@us-east-1", "broker URL aws://key:xxxxx@us-east-1: only the region belongs here"},
		"a path":                      {"aws://us-east-1/queue", "only the region belongs here"},
		"unknown parameter":           {"aws://r?wait=5s", "parameter wait: unknown; known are endpoint, max_receives, prefix, visibility"},
		"no endpoint":                 {"aws://r?endpoint=127.0.0.1:5000", "parameter endpoint: must be a URL such as"},
		"credentials in the endpoint": {"aws://r?endpoint=http://key:secret@host", "parameter endpoint: must be a URL such as"},
		"no name":                     {"aws://r?prefix=my.events", "parameter prefix: must be up to 30 letters"},
		"no duration":                 {"aws://r?visibility=soon", `parameter visibility: time: invalid duration "soon"`},
		"half a second":               {"aws://r?visibility=1500ms", "parameter visibility: must be whole seconds, up to 12h0m0s"},
		"never":                       {"aws://r?max_receives=0", "parameter max_receives: must be a number from 1 to 1000"},
	} {
		_, err := aws.ParseURL(test.url)
		require.ErrorContains(t, err, test.says, name)
		require.NotContains(t, err.Error(), "secret", name)
	}
}

// setCredentials sets those of the environment, and lets nothing else of this machine be found.
func setCredentials(t *testing.T, key, secret string) {
	t.Helper()
	t.Setenv("HOME", t.TempDir())
	t.Setenv("AWS_PROFILE", "")
	t.Setenv("AWS_ACCESS_KEY_ID", key)
	t.Setenv("AWS_SECRET_ACCESS_KEY", secret)
}

func TestNewSaysAtOnceThatThereAreNoCredentials(t *testing.T) {
	setCredentials(t, "", "")
	began := time.Now()
	_, err := aws.New(t.Context(), aws.Options{Region: "us-east-1", Endpoint: "http://127.0.0.1:1"})
	require.ErrorContains(t, err, "credentials for message broker at http://127.0.0.1:1 (AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, ")
	require.Less(t, time.Since(began), time.Second)
}

func TestNewGivesUpWithoutAServer(t *testing.T) {
	setCredentials(t, "key", "secret")
	ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer cancel()
	_, err := aws.New(ctx, aws.Options{Region: "us-east-1", Endpoint: "http://127.0.0.1:1"}) // nobody listens there
	require.ErrorContains(t, err, "ping message broker at http://127.0.0.1:1")
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.NotContains(t, err.Error(), "secret")
}

// answers is a server that says the same to each action of SNS, and nothing to SQS, which is fine.
func answers(t *testing.T, status int, byAction map[string]string) aws.Options {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Amz-Target") != "" {
			w.Header().Set("Content-Type", "application/x-amz-json-1.0")
			_, _ = fmt.Fprint(w, "{}")
			return
		}
		w.WriteHeader(status)
		_, _ = fmt.Fprint(w, byAction[r.FormValue("Action")])
	}))
	t.Cleanup(server.Close)
	return aws.Options{Region: "us-east-1", Endpoint: server.URL}
}

func TestNewFailsAtOnceWhereCredentialsAreRefused(t *testing.T) {
	setCredentials(t, "key", "secret")
	began := time.Now()
	_, err := aws.New(t.Context(), answers(t, http.StatusForbidden, map[string]string{
		"ListTopics": "<ErrorResponse><Error><Type>Sender</Type><Code>InvalidClientTokenId</Code>" +
			"<Message>The security token included in the request is invalid.</Message></Error></ErrorResponse>",
	}))
	require.ErrorContains(t, err, "InvalidClientTokenId: The security token included in the request is invalid.")
	require.Less(t, time.Since(began), 5*time.Second)
}

// SNS may take some messages of a call and not the others. The stand-in takes all.
func TestPublishFailsWhereOneMessageIsRefused(t *testing.T) {
	setCredentials(t, "key", "secret")
	b, err := aws.New(t.Context(), answers(t, http.StatusOK, map[string]string{
		"ListTopics": "<ListTopicsResponse><ListTopicsResult/></ListTopicsResponse>",
		"CreateTopic": "<CreateTopicResponse><CreateTopicResult><TopicArn>arn:aws:sns:us-east-1:123456789012:myevents-test</TopicArn>" +
			"</CreateTopicResult></CreateTopicResponse>",
		"PublishBatch": "<PublishBatchResponse><PublishBatchResult><Successful><member><Id>0</Id></member></Successful>" +
			"<Failed><member><Id>1</Id><Code>InternalError</Code><Message>Try again.</Message><SenderFault>false</SenderFault></member></Failed>" +
			"</PublishBatchResult></PublishBatchResponse>",
	}))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, b.Close()) })
	err = b.Publisher().Publish("test", message.NewMessage("1", []byte("1")), message.NewMessage("2", []byte("2")))
	require.ErrorContains(t, err, "1 of 2 messages were refused, the first for InternalError: Try again.")
	require.Equal(t, fault.Unavailable, fault.KindOf(err))
}
