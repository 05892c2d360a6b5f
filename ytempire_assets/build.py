"""The one place that assembles a ``Definitions``.

Production, tests and the command line come through here and differ only in the settings and the
resources they pass.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import dagster as dg

from ytempire_assets.assets import (
    analytics,
    delivery,
    ideas,
    money,
    packages,
    renders,
    scripts,
    trends,
    uploads,
    viral_model,
    visuals,
    voiceovers,
)
from ytempire_assets.automation.instance_sensors import alert_failures, pool_sensor
from ytempire_assets.automation.jobs import account, gather, learn_growth, produce, publish
from ytempire_assets.automation.retention import forget
from ytempire_assets.automation.schedules import (
    account_daily,
    forget_daily,
    gather_every_six_hours,
    learn_growth_weekly,
    production_schedules,
)
from ytempire_assets.automation.sensors import register_channels, resume_publications, spikes
from ytempire_assets.channels import ChannelFolder
from ytempire_assets.checks import stage_checks
from ytempire_assets.errors import InvalidInputError
from ytempire_assets.insights.stage_costs import Prices
from ytempire_assets.log_lines import write_json_lines
from ytempire_assets.placement import executor_of, read_placement
from ytempire_assets.publishing.credentials import TokenFolder
from ytempire_assets.resources.alert_webhook import AlertWebhook
from ytempire_assets.resources.allowances import Allowances, sandbox_limits
from ytempire_assets.resources.blobs import BlobStore
from ytempire_assets.resources.gpu import GpuMemory
from ytempire_assets.resources.growth_models import GrowthModels
from ytempire_assets.resources.lake import Lake
from ytempire_assets.resources.lake_tables import LakeTables
from ytempire_assets.resources.ledger import Ledger
from ytempire_assets.resources.live_signals import LiveSources
from ytempire_assets.resources.media import Media
from ytempire_assets.resources.money_folder import MoneyFolder
from ytempire_assets.resources.pictures.desk import PictureDesk
from ytempire_assets.resources.platform import Platform, Platforms
from ytempire_assets.resources.signals import SignalDesk, SnapshotSource
from ytempire_assets.resources.voices.desk import SpeechService, VoiceDesk
from ytempire_assets.resources.work import Workbench
from ytempire_assets.resources.writers import WriterDesk
from ytempire_assets.resources.youtube_platform import YouTubePlatform
from ytempire_assets.settings import Settings, load_settings

if TYPE_CHECKING:
    from ytempire_assets.resources.language_models.desk import LanguageModelDesk

ASSETS: tuple[dg.AssetsDefinition | dg.AssetSpec, ...] = (
    trends.trend_signals,
    viral_model.viral_model,
    trends.trends,
    trends.research,
    ideas.ideas,
    scripts.scripts,
    voiceovers.voiceovers,
    visuals.visuals,
    renders.renders,
    delivery.delivery,
    packages.packages,
    uploads.uploads,
    analytics.analytics,
    analytics.patterns,
    analytics.patterns_feedback,
    money.revenue,
    money.costs,
    money.daily_performance_summary,
)


def build_resources(settings: Settings) -> dict[str, Any]:
    """Every resource of the graph, as the settings say; nothing is opened yet."""
    ledger = Ledger(settings.ledger_url)
    tables = LakeTables.of(settings)
    blobs = BlobStore.of(settings)
    allowances = Allowances.of(settings, ledger)
    gpu = GpuMemory(settings.home / "gpu", read_placement(settings.placement_file).gpu)
    return {
        "io_manager": dg.IOManagerDefinition(lambda _: Lake(tables.objects)),
        "tables": tables,
        "channels": ChannelFolder(settings.channels_dir),
        "signals": _signal_desk(settings, tables, allowances),
        "growth_models": GrowthModels(tables, blobs),
        "ledger": ledger,
        "media": Media(settings.ffmpeg, settings.parallel_renders, settings.encoder, gpu),
        "writers": WriterDesk(functools.partial(_language_models, settings, gpu)),
        "voices": VoiceDesk(
            openai=SpeechService(
                settings.speech_url,
                settings.speech_key,
                settings.speech_model,
                settings.speech_usd_per_million_characters,
            ),
            elevenlabs=SpeechService(
                settings.elevenlabs_url,
                settings.elevenlabs_key,
                usd_per_million_characters=settings.elevenlabs_usd_per_million_characters,
            ),
            vits_device=settings.vits_device,
            gpu=gpu,
            objects=blobs.objects,
        ),
        "pictures": PictureDesk(
            pexels_key=settings.pexels_key,
            images_url=settings.images_url,
            images_key=settings.images_key,
            images_model=settings.images_model,
            images_price_usd=settings.images_price_usd,
            device=settings.diffusers_device,
            gpu=gpu,
        ),
        "work": Workbench(blobs, settings.cpu_usd_per_hour),
        "platforms": Platforms(
            Platform(
                settings.sandbox_url,
                settings.sandbox_dir,
                settings.sandbox_port,
                sandbox_limits(settings),
            ),
            YouTubePlatform(TokenFolder(settings.tokens_dir)),
        ),
        "money": MoneyFolder(settings.money_dir),
        "prices": Prices(
            settings.cpu_usd_per_hour,
            settings.gpu_usd_per_hour,
            settings.storage_usd_per_gb_month,
        ),
        "allowances": allowances,
        "out": settings.out_dir,
        "review_url": settings.review_url,
        "alert_webhook": AlertWebhook(settings.alert_webhook),
        "ui_url": settings.ui_url or "",
    }


def _language_models(settings: Settings, gpu: GpuMemory) -> LanguageModelDesk:
    from ytempire_assets.resources.answer_cache import open_cache
    from ytempire_assets.resources.language_models.desk import LanguageModelDesk

    return LanguageModelDesk(
        urls=settings.llm_urls,
        key=settings.llm_key,
        model=settings.llm_model,
        slots=settings.llm_slots,
        deadline_s=settings.llm_deadline_s,
        price_in=settings.llm_usd_per_million_in,
        price_out=settings.llm_usd_per_million_out,
        device=settings.llm_device,
        gpu=gpu,
        cache=open_cache(settings.cache, settings.answers_dir, settings.cache_gb),
    )


def _signal_desk(settings: Settings, tables: LakeTables, allowances: Allowances) -> SignalDesk:
    if settings.signals == "sample":
        return SnapshotSource(settings.snapshot_dir)
    return LiveSources.of(settings, allowances, tables)


def build_defs(
    settings: Settings | None = None, overrides: Mapping[str, Any] | None = None
) -> dg.Definitions:
    """Assembles the definitions.

    Args:
        settings: Read from the environment when None.
        overrides: Resources by key that replace the usual ones.
    """
    settings = settings or load_settings()
    if settings.log_format == "json":
        write_json_lines()  # every process that runs a part of the graph comes through here
    resources = {**build_resources(settings), **(overrides or {})}
    folder: ChannelFolder = resources["channels"]
    try:
        specs = folder.load().specs
    except InvalidInputError:
        specs = {}  # the sensor reports the missing folder; the rest of the graph still loads
    return dg.Definitions(
        assets=ASSETS,
        asset_checks=stage_checks(),
        jobs=[gather, learn_growth, produce, publish, account, forget],
        schedules=[
            gather_every_six_hours,
            learn_growth_weekly,
            account_daily,
            forget_daily,
            *production_schedules(specs),
        ],
        sensors=[
            register_channels,
            resume_publications,
            spikes,
            alert_failures,
            pool_sensor(settings.placement_file),
        ],
        resources=resources,
        # What is materialised from the UI runs like the jobs. One process a run is the usual: a
        # process per step would take longer to start than most steps take to run.
        executor=executor_of(settings),
    )
