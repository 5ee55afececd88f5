import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.node.InternalSettingsPreparer;
import org.elasticsearch.node.Node;

/** One node, set up by the environment as that of the public image is: discovery.type=single-node, and so on. */
final class Server extends Node {
  private Server(Settings settings) {
    super(
        InternalSettingsPreparer.prepareEnvironment(settings, Map.of(), null, () -> "elasticsearch"),
        List.of(
            org.elasticsearch.analysis.common.CommonAnalysisPlugin.class,
            org.elasticsearch.index.mapper.MapperExtrasPlugin.class,
            org.elasticsearch.index.reindex.ReindexPlugin.class,
            org.elasticsearch.ingest.common.IngestCommonPlugin.class,
            org.elasticsearch.ingest.useragent.IngestUserAgentPlugin.class,
            org.elasticsearch.painless.PainlessPlugin.class,
            org.elasticsearch.script.expression.ExpressionPlugin.class,
            org.elasticsearch.script.mustache.MustachePlugin.class,
            org.elasticsearch.search.aggregations.matrix.MatrixAggregationPlugin.class,
            org.elasticsearch.transport.Netty4Plugin.class),
        true);
  }

  public static void main(String[] args) throws Exception {
    Settings.Builder settings =
        Settings.builder()
            .put("path.home", ".")
            .put("cluster.name", "docker-cluster")
            .put("network.host", "0.0.0.0");
    System.getenv().forEach((name, value) -> {
      // Nothing of x-pack is in this build, so that it is content where security is turned off.
      if (name.matches("[a-z][a-z0-9_]*(\\.[a-z0-9_]+)+") && !name.startsWith("xpack.")) {
        settings.put(name, value);
      }
    });
    Server server = new Server(settings.build());
    CountDownLatch stopped = new CountDownLatch(1);
    Runtime.getRuntime().addShutdownHook(new Thread(() -> {
      try {
        server.close();
      } catch (java.io.IOException e) {
        e.printStackTrace();
      }
      stopped.countDown();
    }));
    server.start();
    stopped.await(); // the server's own threads are daemons
  }
}
